namespace AgentTeams.Workflows;

/// <summary>A tool goes on with a call, as it says itself.</summary>
/// <param name="CallId">The id of the call in the run's record.</param>
/// <param name="Message">What it is doing.</param>
/// <param name="Fraction">How much of it is done, from 0 to 1; null where it cannot tell.</param>
public sealed record ToolProgress(string CallId, string Message, double? Fraction) : WorkflowEvent;
