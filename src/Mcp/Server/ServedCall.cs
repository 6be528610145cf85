using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AgentTeams.Mcp;

/// <summary>One call of a served tool: tells its progress, and hands on what people answered.</summary>
internal sealed class ServedCall(RequestContext<CallToolRequestParams> request, ServedState state, ILogger log)
{
    private int _told;

    public string RunId => state.RunId;

    public ServedState State => state;

    public McpServer Server => request.Server;

    /// <summary>Whether the client can ask a person.</summary>
    public bool CanAsk => Server.IsMrtrSupported && Server.ClientCapabilities?.Elicitation is { } elicitation && (elicitation.Form is not null || elicitation.Url is null);

    /// <summary>Whether a person who was asked said no.</summary>
    public bool Declined { get; private set; }

    /// <summary>The answer to a request, where the call brings a valid one.</summary>
    public ValueTask<object?> Answer(HumanRequest asked, CancellationToken cancellationToken)
    {
        if (request.Params?.InputResponses is not { } responses || !responses.TryGetValue(asked.Id, out var response)) return default;
        try
        {
            var result = response.Deserialize(InputResponse.ElicitResultJsonTypeInfo);
            Declined |= result is { IsAccepted: false };
            return new(result is null ? null : (object?)ElicitationForm.Of(asked).Read(result));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // What is malformed is no answer, and whoever gave it is asked again.
            McpServerLog.NoAnswer(log, RunId, asked.Id, e);
            return default;
        }
    }

    /// <summary>The events of the run, of which the client is told each node that begins and ends, if it asked for progress.</summary>
    public async IAsyncEnumerable<WorkflowEvent> TellAsync(IAsyncEnumerable<WorkflowEvent> events, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var token = request.Params?.ProgressToken;
        await foreach (var e in events.ConfigureAwait(false))
        {
            if (token is { } asked && !e.IsReplayed && Message(e) is { } message) await TellAsync(asked, message, cancellationToken).ConfigureAwait(false);
            yield return e;
        }
    }

    private static string? Message(WorkflowEvent e) => e switch
    {
        NodeStarted => $"{e.NodeId}: started",
        NodeCompleted => $"{e.NodeId}: done",
        NodeRetrying retrying => $"{e.NodeId}: tries again ({retrying.Error.Type})",
        NodeFailed failed => $"{e.NodeId}: failed ({failed.Error.Type})",
        ToolProgress { Message: { } text } => $"{e.NodeId}: {text}",
        _ => null,
    };

    private async Task TellAsync(ProgressToken token, string message, CancellationToken cancellationToken)
    {
        try
        {
            await Server.NotifyProgressAsync(token, new() { Progress = ++_told, Message = message }, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // Whoever is no longer told is no reason to lose the record of the run.
            McpServerLog.NotTold(log, RunId, e);
        }
    }
}
