namespace AgentTeams;

/// <summary>How a chat template writes a tool call: a JSON object with <c>name</c> and arguments, between two texts.</summary>
/// <param name="Prefix">What stands before; may not begin with white space.</param>
/// <param name="Suffix">What stands after.</param>
/// <param name="ArgumentsKey">The key of the arguments.</param>
internal sealed record ToolCallFormat(string Prefix, string Suffix, string ArgumentsKey)
{
    /// <summary>The bare object, which templates write that know no tools.</summary>
    public static ToolCallFormat Bare { get; } = new("", "", "arguments");
}
