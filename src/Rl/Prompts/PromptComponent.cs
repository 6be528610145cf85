namespace AgentTeams.Rl;

/// <summary>A text that may be written anew: a role's instructions, or what models are told of a tool.</summary>
/// <param name="Kind">Which of the two.</param>
/// <param name="Name">The role's or the tool's name.</param>
public sealed record PromptComponent(PromptComponentKind Kind, string Name)
{
    /// <summary>A role's instructions.</summary>
    public static PromptComponent Instructions(string role) => new(PromptComponentKind.Instructions, role);

    /// <summary>The description of a tool.</summary>
    public static PromptComponent Tool(string tool) => new(PromptComponentKind.Tool, tool);

    /// <summary>What it is, for people.</summary>
    public override string ToString() => Kind == PromptComponentKind.Tool ? $"tool '{Name}'" : $"role '{Name}'";
}

/// <summary>The kinds of text that may be written anew.</summary>
public enum PromptComponentKind
{
    /// <summary>A role's instructions, the system message of its calls.</summary>
    Instructions,

    /// <summary>A tool's description.</summary>
    Tool,
}
