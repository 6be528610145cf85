using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Models;

/// <summary>How a chat template writes a tool call: a JSON object with <c>name</c> and arguments, between two texts.</summary>
/// <param name="Prefix">What stands before; may not begin with white space.</param>
/// <param name="Suffix">What stands after.</param>
/// <param name="ArgumentsKey">The key of the arguments.</param>
internal sealed record ToolCallFormat(string Prefix, string Suffix, string ArgumentsKey)
{
    /// <summary>The bare object, which templates write that know no tools.</summary>
    public static ToolCallFormat Bare { get; } = new("", "", "arguments");

    /// <summary>What a call begins with, up to its arguments, as grammars write it.</summary>
    public string Opening(string name) => $"{{\"name\":{JsonText.Of(name)},{JsonText.Of(ArgumentsKey)}:";

    /// <summary>A whole call as grammars write it.</summary>
    public string Write(FunctionCallContent call)
    {
        var arguments = JsonSerializer.SerializeToElement(call.Arguments ?? new Dictionary<string, object?>(), AIJsonUtilities.DefaultOptions);
        return $"{Prefix}{Opening(call.Name)}{JsonText.Of(arguments)}}}{Suffix}";
    }
}
