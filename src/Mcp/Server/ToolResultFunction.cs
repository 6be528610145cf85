using Microsoft.Extensions.AI;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace AgentTeams.Mcp;

/// <summary>A tool whose answers are told as this library reads them: a text is a text and not JSON with quotes, an error is one, and contents and structured data are handed on.</summary>
internal sealed class ToolResultFunction(AIFunction inner) : DelegatingAIFunction(inner)
{
    protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        var result = ToolResult.From(await base.InvokeCoreAsync(arguments, cancellationToken).ConfigureAwait(false));
        return new CallToolResult
        {
            IsError = result.IsError ? true : null,
            StructuredContent = result.Json is { ValueKind: System.Text.Json.JsonValueKind.Object } json ? json : null,
            Content = result.Contents.Count > 0 ? [.. result.Contents.Select(c => c.ToContentBlock())] : [new TextContentBlock { Text = result.Text }],
        };
    }
}
