using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Mcp;

/// <summary>A tool whose texts are told as texts: the functions of Microsoft.Extensions.AI hand them on as JSON, which the MCP SDK would write with its quotes.</summary>
internal sealed class PlainTextFunction(AIFunction inner) : DelegatingAIFunction(inner)
{
    protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken) =>
        await base.InvokeCoreAsync(arguments, cancellationToken).ConfigureAwait(false) switch
        {
            JsonElement { ValueKind: JsonValueKind.String } text => text.GetString(),
            ToolResult result => result.Text,
            var other => other,
        };
}
