using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace AgentTeams.Mcp;

/// <summary>
/// A tool of an MCP server, bound to the server rather than to one connection, so that it outlives a restart. Answers with a <see cref="ToolResult"/>,
/// always. It can be given another name, and be narrowed to some arguments; whoever has the narrowed one, a role or a node, can use no other.
/// </summary>
/// <example>
/// <code>
/// var read = files["read_file"].Named("read_docs").Where("path", McpArgument.Under("/srv/docs"));
/// </code>
/// </example>
public sealed class McpTool : AIFunction, IServedTool
{
    private readonly McpConnection _connection;
    private readonly ImmutableArray<(string Argument, McpArgument Allowed)> _constraints;
    private readonly IReadOnlyDictionary<string, object?> _properties;

    internal McpTool(McpConnection connection, McpToolDefinition definition)
        : this(connection, definition, definition.Name, [])
    {
    }

    private McpTool(McpConnection connection, McpToolDefinition definition, string name, ImmutableArray<(string Argument, McpArgument Allowed)> constraints)
    {
        (_connection, Definition, Name, _constraints) = (connection, definition, name, constraints);
        _properties = new Dictionary<string, object?>(definition.Annotations.ToProperties(), StringComparer.Ordinal) { ["server"] = connection.Name, ["tool"] = definition.Name };
    }

    internal McpToolDefinition Definition { get; }

    /// <summary>The name by which roles and nodes know it.</summary>
    public override string Name { get; }

    /// <inheritdoc/>
    public override string Description => Definition.Description;

    /// <inheritdoc/>
    public override JsonElement JsonSchema => Definition.InputSchema;

    /// <inheritdoc/>
    public override JsonElement? ReturnJsonSchema => Definition.Output?.Schema;

    /// <summary>The server's name as <c>server</c>, its own name of the tool as <c>tool</c>, and the annotations by the names of the protocol.</summary>
    public override IReadOnlyDictionary<string, object?> AdditionalProperties => _properties;

    /// <summary>The server's name.</summary>
    public string Server => _connection.Name;

    /// <summary>The name by which the server knows it.</summary>
    public string ServerTool => Definition.Name;

    /// <summary>What the server says of its behaviour.</summary>
    public McpAnnotations Annotations => Definition.Annotations;

    /// <summary>The same tool by another name, for a role that has two of one name.</summary>
    /// <param name="name">Letters, digits, '_' and '-', as models can say it.</param>
    /// <exception cref="AgentTeamsException">The name cannot be said.</exception>
    public McpTool Named(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length is 0 or > 128 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.'))
            throw new AgentTeamsException($"'{name}' is no name for the tool '{ServerTool}' of the MCP server '{Server}'. Use 1 to 128 letters, digits, '_', '-' and '.'.");
        return new(_connection, Definition, name, _constraints);
    }

    /// <summary>
    /// The same tool, which refuses calls whose argument is not allowed, or that give arguments which its schema does not name. A refused call does not
    /// reach the server: the model reads <c>Error: refused: …</c>, and the record holds it. Several constraints hold together.
    /// </summary>
    /// <param name="argument">The argument's name. Where it is a list, each of its members is looked at.</param>
    /// <param name="allowed">What it may be; where it is left out, the call is refused too, unless <see cref="McpArgument.OrAbsent"/> says otherwise.</param>
    /// <exception cref="AgentTeamsException">The tool has no such argument.</exception>
    public McpTool Where(string argument, McpArgument allowed)
    {
        ArgumentNullException.ThrowIfNull(argument);
        ArgumentNullException.ThrowIfNull(allowed);
        return Definition.Has(argument) ? new(_connection, Definition, Name, _constraints.Add((argument, allowed)))
            : throw new AgentTeamsException($"The tool '{ServerTool}' of the MCP server '{Server}' has no argument '{argument}' that a constraint could hold. Its schema is {JsonSchema}.");
    }

    /// <inheritdoc/>
    protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        JsonObject given = [];
        foreach (var (name, value) in Definition.Given(arguments)) given[name] = JsonSerializer.SerializeToNode(value, McpJsonUtilities.DefaultOptions);
        if (Refusal(given) is { } refusal) throw _connection.Refuse(refusal);
        McpTarget target = new(RequestMethods.ToolsCall, ServerTool, new() { ["name"] = ServerTool, ["arguments"] = given }, ToolCallContext.Of(arguments));
        return _connection.Read(await _connection.CallAsync(target, cancellationToken).ConfigureAwait(false), Definition);
    }

    private McpRefusal? Refusal(JsonObject given)
    {
        if (_constraints.IsEmpty) return null;
        foreach (var (name, _) in given)
        {
            if (!Definition.Has(name)) return new(Name, name, $"the argument '{name}' is not one of the tool '{Name}'. Leave it out.");
        }

        foreach (var (name, allowed) in _constraints)
        {
            if (allowed.Problem(given[name]) is { } problem) return new(Name, name, $"the argument '{name}' of the tool '{Name}' {problem}.");
        }

        return null;
    }
}

/// <summary>A call that was refused before it reached the server.</summary>
/// <param name="Tool">The name by which the role or node knows the tool.</param>
/// <param name="Argument">The argument that is not allowed.</param>
/// <param name="Reason">What is wrong with it.</param>
public sealed record McpRefusal(string Tool, string Argument, string Reason);
