namespace AgentTeams.Models;

/// <summary>The linear layers of a transformer layer.</summary>
internal enum ProjectionKind
{
    Query,
    Key,
    Value,
    Output,
    Gate,
    Up,
    Down,
}
