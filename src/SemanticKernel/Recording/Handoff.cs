namespace AgentTeams.SemanticKernel;

/// <summary>The names under which Semantic Kernel offers an agent its handoffs.</summary>
internal static class Handoff
{
    public const string Plugin = "HandoffPlugin";
    private const string Prefix = "transfer_to_";

    public static string FunctionTo(string agent) => Prefix + agent;

    /// <summary>The agent that a function hands over to, or null if it does something else.</summary>
    public static string? TargetOf(string? plugin, string function) =>
        plugin == Plugin && function.StartsWith(Prefix, StringComparison.Ordinal) ? function[Prefix.Length..] : null;
}
