namespace AgentTeams.Workflows;

/// <summary>A tool that a server of its own answers; a service of the function.</summary>
internal interface IServedTool
{
    /// <summary>The server's name.</summary>
    string Server { get; }
}
