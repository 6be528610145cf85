using System.Collections;
using System.Collections.Immutable;
using System.IO.Enumeration;

namespace AgentTeams.Mcp;

/// <summary>Some tools of a server, for a role: what the role may use, under which names and with which arguments. Immutable, and the server's later changes of its list do not change it.</summary>
/// <example>
/// <code>
/// Tools = [.. docs.Select("read_*", "search").Prefixed("docs_").Where("path", McpArgument.Under("/srv/docs")), .. web.Select("search").Prefixed("web_")]
/// </code>
/// </example>
public sealed class McpToolSelection : IReadOnlyList<McpTool>
{
    private readonly ImmutableArray<McpTool> _tools;

    private McpToolSelection(ImmutableArray<McpTool> tools) => _tools = tools;

    /// <inheritdoc/>
    public int Count => _tools.Length;

    /// <inheritdoc/>
    public McpTool this[int index] => _tools[index];

    /// <summary>The same tools, their names behind a prefix, so that tools of two servers have two names.</summary>
    public McpToolSelection Prefixed(string prefix) => new([.. _tools.Select(t => t.Named(prefix + t.Name))]);

    /// <summary>The same tools, one of them by another name.</summary>
    /// <exception cref="AgentTeamsException">There is no tool of the name.</exception>
    public McpToolSelection Renamed(string name, string newName) => _tools.Any(t => t.Name == name)
        ? new([.. _tools.Select(t => t.Name == name ? t.Named(newName) : t)])
        : throw new AgentTeamsException($"The selection has no tool '{name}'. Its tools are: {string.Join(", ", _tools.Select(t => t.Name))}.");

    /// <summary>The same tools; those that have the argument are narrowed by <see cref="McpTool.Where"/>.</summary>
    /// <exception cref="AgentTeamsException">No tool has the argument.</exception>
    public McpToolSelection Where(string argument, McpArgument allowed) => _tools.Any(t => t.Definition.Has(argument))
        ? new([.. _tools.Select(t => t.Definition.Has(argument) ? t.Where(argument, allowed) : t)])
        : throw new AgentTeamsException($"None of the tools {string.Join(", ", _tools.Select(t => t.Name))} has an argument '{argument}' that a constraint could hold.");

    /// <inheritdoc/>
    public IEnumerator<McpTool> GetEnumerator() => ((IEnumerable<McpTool>)_tools).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal static McpToolSelection From(string server, IReadOnlyList<McpTool> tools, IReadOnlyList<string> patterns)
    {
        foreach (var pattern in patterns)
        {
            if (!tools.Any(t => Matches(pattern, t)))
                throw new AgentTeamsException($"No tool of the MCP server '{server}' is called '{pattern}'. Its tools are: {string.Join(", ", tools.Select(t => t.Name))}.");
        }

        return new([.. tools.Where(t => patterns.Any(p => Matches(p, t)))]);
    }

    internal static McpToolSelection From(IEnumerable<McpTool> tools) => new([.. tools]);

    private static bool Matches(string pattern, McpTool tool) => FileSystemName.MatchesSimpleExpression(pattern, tool.Name, ignoreCase: false);
}
