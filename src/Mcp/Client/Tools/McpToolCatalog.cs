using System.Collections.Immutable;

namespace AgentTeams.Mcp;

/// <summary>The tools of a server at one time.</summary>
internal sealed record McpToolCatalog(IReadOnlyList<McpTool> Tools, ImmutableArray<SkippedTool> Skipped)
{
    /// <summary>A tool that did not change stays the same function.</summary>
    public static McpToolCatalog Create(McpToolList listed, McpToolCatalog? before, Func<McpToolDefinition, McpTool> create) =>
        new([.. listed.Tools.Select(t => before?.Tools.FirstOrDefault(f => f.Definition.IsSameAs(t)) ?? create(t))], listed.Skipped);
}
