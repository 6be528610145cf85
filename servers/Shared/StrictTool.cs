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
        var known = ProtocolTool.InputSchema.GetProperty("properties");
        // One that is overlooked may be a limit by another name.
        if (request.Params?.Arguments?.Keys.FirstOrDefault(a => !known.TryGetProperty(a, out _)) is { } odd) throw Refused($" '{odd}' is none of them.", null);
        try
        {
            return await base.InvokeAsync(request, cancellationToken);
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw Refused("", e);
        }
    }

    private McpException Refused(string why, Exception? cause) =>
        new($"The arguments are not those of '{ProtocolTool.Name}'.{why} It takes {ProtocolTool.InputSchema.GetProperty("properties").GetRawText()}.", cause);
}
