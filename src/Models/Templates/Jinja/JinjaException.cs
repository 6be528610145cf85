namespace AgentTeams.Models;

/// <summary>A Jinja template says what this library does not know, or fails while it is rendered; the message names it.</summary>
internal sealed class JinjaException(string message) : Exception(message);
