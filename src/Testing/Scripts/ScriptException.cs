namespace AgentTeams.Testing;

/// <summary>A scripted model was asked for more than its script holds, or for less.</summary>
public sealed class ScriptException : AgentTeamsException
{
    internal ScriptException(string message)
        : base(message)
    {
    }
}
