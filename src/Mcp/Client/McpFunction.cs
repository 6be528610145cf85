using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Mcp;

/// <summary>
/// A tool of an MCP server, bound to the connection rather than to one process, so that it outlives a restart. Answers with a
/// <see cref="ToolResult"/>, always.
/// </summary>
internal sealed class McpFunction(McpConnection connection, McpToolDefinition tool) : AIFunction
{
    public McpToolDefinition Definition => tool;

    public override string Name => tool.Name;

    public override string Description => tool.Description;

    public override JsonElement JsonSchema => tool.InputSchema;

    public override JsonElement? ReturnJsonSchema => tool.OutputSchema;

    protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken) =>
        McpResult.Read(await connection.CallAsync(Name, tool.Given(arguments), cancellationToken).ConfigureAwait(false));
}
