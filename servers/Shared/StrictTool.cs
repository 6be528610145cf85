using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AgentTeams.Servers;

/// <summary>A tool that says what arguments it takes when it is given others; the SDK tells callers only that an error occurred.</summary>
internal sealed class StrictTool(McpServerTool inner) : DelegatingMcpServerTool(inner)
{
    public override async ValueTask<CallToolResult> InvokeAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken = default)
    {
        try
        {
            return await base.InvokeAsync(request, cancellationToken);
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new McpException($"The arguments are not those of '{ProtocolTool.Name}'. It takes {ProtocolTool.InputSchema.GetProperty("properties").GetRawText()}.", e);
        }
    }
}
