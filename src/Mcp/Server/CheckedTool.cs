using System.Text.Json;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AgentTeams.Mcp;

/// <summary>A tool whose arguments are compared with its schema first: the SDK would tell callers only that an error occurred.</summary>
internal sealed class CheckedTool(McpServerTool inner) : DelegatingMcpServerTool(inner)
{
    private readonly McpSchema _rules = new(inner.ProtocolTool.InputSchema);

    public override ValueTask<CallToolResult> InvokeAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken = default)
    {
        var given = JsonSerializer.SerializeToElement(request.Params?.Arguments ?? new Dictionary<string, JsonElement>());
        return _rules.Violation(given) is { } violation
            ? new(new CallToolResult { IsError = true, Content = [new TextContentBlock { Text = $"The arguments are not those of '{ProtocolTool.Name}': {violation}." }] })
            : base.InvokeAsync(request, cancellationToken);
    }
}
