namespace AgentTeams.Testing;

/// <summary>A cassette has no reply to a request, or cannot be read.</summary>
public sealed class CassetteException : AgentTeamsException
{
    internal CassetteException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}
