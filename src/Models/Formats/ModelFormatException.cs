namespace AgentTeams.Models;

/// <summary>A model file is not what it should be; the message names the file, the entry and the expectation.</summary>
public sealed class ModelFormatException : AgentTeamsException
{
    /// <summary>Creates an exception without a message.</summary>
    public ModelFormatException() { }

    /// <summary>Creates an exception that names file, entry and expectation.</summary>
    public ModelFormatException(string message) : base(message) { }

    /// <summary>Creates an exception that names file, entry and expectation, with its cause.</summary>
    public ModelFormatException(string message, Exception? innerException) : base(message, innerException) { }
}
