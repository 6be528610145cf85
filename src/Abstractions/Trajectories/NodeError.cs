namespace AgentTeams;

/// <summary>A recorded failure.</summary>
/// <param name="Type">The exception's type name.</param>
/// <param name="Message">The exception's message.</param>
/// <param name="Cause">What has to change for it not to happen again.</param>
public sealed record NodeError(string Type, string Message, FailureCause Cause = FailureCause.Infrastructure)
{
    /// <summary>The record of an exception.</summary>
    public static NodeError Of(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return new(exception.GetType().Name, exception.Message, (exception as AgentTeamsException)?.Cause ?? FailureCause.Infrastructure);
    }
}

/// <summary>What has to change for a failure not to happen again.</summary>
public enum FailureCause
{
    /// <summary>The surroundings: a server, a tool, the program. It says nothing about the roles.</summary>
    Infrastructure,

    /// <summary>What a role wrote: an answer that stayed invalid, tool calls without end, a loop that nothing left.</summary>
    Policy,
}
