using System.Collections.Immutable;

namespace AgentTeams.Mcp;

/// <summary>The tools of a server at one time.</summary>
internal sealed record McpToolCatalog(ImmutableArray<McpFunction> Functions, ImmutableArray<SkippedTool> Skipped)
{
    public IReadOnlyList<Microsoft.Extensions.AI.AIFunction> Tools { get; } = [.. Functions];

    /// <summary>A tool that did not change stays the same function.</summary>
    public static McpToolCatalog Create(McpToolList listed, McpToolCatalog? before, Func<McpToolDefinition, McpFunction> create) =>
        new([.. listed.Tools.Select(t => before?.Functions.FirstOrDefault(f => f.Definition.IsSameAs(t)) ?? create(t))], listed.Skipped);
}
