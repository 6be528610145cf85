using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace AgentTeams.Mcp;

/// <summary>What a connection begins with: who answers the server's own requests, and what the server is told of that.</summary>
internal sealed class McpClientSetup(McpOptions options, McpCalls calls)
{
    // A server that answers nothing to what it does not know must be given the time to be asked in the older way.
    private static readonly TimeSpan LongestProbe = TimeSpan.FromSeconds(5);

    private readonly ILogger _log = options.LoggerFactory.CreateLogger(McpLog.Category);
    private readonly ILogger _server = options.LoggerFactory.CreateLogger($"{McpLog.Category}.Server.{options.Name}");

#pragma warning disable MCP9005 // Deprecated by the newest revision, and what servers of the older ones ask for.
    public McpClientOptions Create()
    {
        var handlers = new McpClientHandlers
        {
            NotificationHandlers =
            [
                new(NotificationMethods.ProgressNotification, (said, _) => calls.OnProgress(said)),
                new(NotificationMethods.LoggingMessageNotification, (said, _) => OnLog(said)),
            ],
        };
        if (options.Elicitation is not null) handlers.ElicitationHandler = ElicitAsync;
        if (options.Sampling is not null) handlers.SamplingHandler = (asked, _, token) => SampleAsync(asked, token);
        if (options.Roots is { } roots) handlers.RootsHandler = (_, _) => new(new ListRootsResult { Roots = [.. roots.Select(r => new Root { Uri = new Uri(r).AbsoluteUri, Name = Path.GetFileName(r.TrimEnd('/', '\\')) })] });
        var probe = options.StartTimeout / 2;
        return new()
        {
            Handlers = handlers,
            Capabilities = options.Elicitation is null ? null : new() { Elicitation = new() { Form = new(), Url = new() } },
            InitializationTimeout = options.StartTimeout,
            DiscoverProbeTimeout = probe < LongestProbe ? probe : LongestProbe,
            TimeProvider = options.TimeProvider,
        };
    }

    private async ValueTask<ElicitResult> ElicitAsync(ElicitRequestParams? asked, CancellationToken cancellationToken)
    {
        var call = calls.Asking;
        var question = new McpElicitation
        {
            Server = options.Name,
            Tool = call?.Target.Name,
            Message = asked?.Message ?? "",
            Schema = asked?.RequestedSchema is { } schema ? JsonSerializer.SerializeToElement(schema, McpJsonUtilities.DefaultOptions) : null,
            Url = Uri.TryCreate(asked?.Url, UriKind.Absolute, out var url) ? url : null,
            Context = call?.Target.Context,
        };
        var answer = await options.Elicitation!(question, cancellationToken).ConfigureAwait(false);
        return new()
        {
            Action = answer.Action,
            Content = answer.Content is { ValueKind: JsonValueKind.Object } content ? content.EnumerateObject().ToDictionary(m => m.Name, m => m.Value.Clone(), StringComparer.Ordinal) : null,
        };
    }

    private async ValueTask<CreateMessageResult> SampleAsync(CreateMessageRequestParams? asked, CancellationToken cancellationToken)
    {
        var sampling = options.Sampling!;
        if (calls.Asking is not { } call || call.Target.Context is not { } context) throw Refuse("it belongs to no call of a workflow, or it cannot be told to which.");
        if (call.CountSampling() > sampling.MaxRequests) throw Refuse($"it is more than McpSampling.MaxRequests ({sampling.MaxRequests}) for one call.");
        List<ChatMessage> messages = [];
        if (asked?.SystemPrompt is { Length: > 0 } system) messages.Add(new(ChatRole.System, system));
        foreach (var message in asked?.Messages ?? []) messages.Add(new(message.Role == ModelContextProtocol.Protocol.Role.Assistant ? ChatRole.Assistant : ChatRole.User, [.. message.Content.Select(c => c.ToAIContent()).OfType<AIContent>()]));
        var most = Math.Min(sampling.MaxTokens, Math.Min(asked?.MaxTokens ?? int.MaxValue, sampling.Role.Options.MaxOutputTokens ?? int.MaxValue));
        var reply = await context.AskModelAsync(sampling.Role, messages, o => o.MaxOutputTokens = most, cancellationToken).ConfigureAwait(false);
        return new() { Content = [new TextContentBlock { Text = reply.Text }], Model = reply.ModelId ?? sampling.Role.Name, Role = ModelContextProtocol.Protocol.Role.Assistant, StopReason = reply.FinishReason == ChatFinishReason.Length ? "maxTokens" : "endTurn" };
    }
    private McpException Refuse(string reason)
    {
        McpLog.NotAnswered(_log, options.Name, RequestMethods.SamplingCreateMessage, reason);
        return new($"The request is refused: {reason}");
    }
#pragma warning restore MCP9005

    private ValueTask OnLog(JsonRpcNotification notification)
    {
        if (notification.Params is not JsonObject said) return default;
        var text = said["data"] is JsonValue value && value.TryGetValue<string>(out var plain) ? plain : said["data"]?.ToJsonString() ?? "";
        var level = (said["level"] as JsonValue)?.ToString() switch
        {
            "debug" => LogLevel.Debug,
            "notice" or "info" => LogLevel.Information,
            "warning" => LogLevel.Warning,
            "error" => LogLevel.Error,
            "critical" or "alert" or "emergency" => LogLevel.Critical,
            _ => LogLevel.Information,
        };
        McpLog.Said(_server, level, text);
        return default;
    }
}
