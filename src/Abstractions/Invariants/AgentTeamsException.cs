namespace AgentTeams;

/// <summary>
/// The one exception of this library. Its message names the offending thing, the value it had and how to mend it;
/// derived types exist only where a caller would handle a case differently.
/// </summary>
public class AgentTeamsException : Exception
{
    /// <summary>Creates an exception without a message; prefer the other constructors.</summary>
    public AgentTeamsException() { }

    /// <summary>Creates an exception that names the thing, the value and the fix.</summary>
    public AgentTeamsException(string message) : base(message) { }

    /// <summary>Creates an exception that names the thing, the value and the fix, with its cause.</summary>
    public AgentTeamsException(string message, Exception? innerException) : base(message, innerException) { }

    /// <summary>What has to change for it not to happen again; <see cref="FailureCause.Infrastructure"/> unless a derived type says otherwise.</summary>
    public virtual FailureCause Cause => FailureCause.Infrastructure;
}
