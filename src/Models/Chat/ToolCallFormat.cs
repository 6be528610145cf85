namespace AgentTeams;

/// <summary>How a chat template writes a tool call: <c>{"name":…,"arguments":…}</c> between two texts.</summary>
/// <param name="Prefix">What stands before; may not begin with white space.</param>
/// <param name="Suffix">What stands after.</param>
internal sealed record ToolCallFormat(string Prefix, string Suffix);
