using System.Text.Json;
using Microsoft.Extensions.AI;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace AgentTeams;

/// <summary>A tool of an MCP server, bound to the connection rather than to one process, so that it outlives a restart.</summary>
internal sealed class McpFunction(McpConnection connection, McpClientTool tool) : AIFunction
{
    public override string Name => tool.Name;

    public override string Description => tool.Description;

    public override JsonElement JsonSchema => tool.JsonSchema;

    public override JsonElement? ReturnJsonSchema => tool.ReturnJsonSchema;

    public override JsonSerializerOptions JsonSerializerOptions => tool.JsonSerializerOptions;

    protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        var result = await connection.CallAsync(Name, arguments, cancellationToken).ConfigureAwait(false);
        var text = string.Join('\n', result.Content.OfType<TextContentBlock>().Select(c => c.Text));
        if (result.IsError == true) return new ToolResult { Text = text, IsError = true };
        if (result.StructuredContent is { } json) return new ToolResult { Text = text.Length > 0 ? text : json.GetRawText(), Json = json };
        return result.Content.All(c => c is TextContentBlock) ? text : result.Content.Select(c => c.ToAIContent()).ToList();
    }
}
