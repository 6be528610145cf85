using System.Diagnostics;
using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>A model call while somebody listens: its span, how long it took and what it used.</summary>
internal sealed class ChatObservation : IDisposable
{
    private readonly NodeVisit _visit;
    private readonly ObservedModel _model;
    private readonly string? _requested;
    private readonly Activity? _activity;
    private readonly long _began;
    private ChatResponse? _response;
    private TokenUsage? _usage;
    private Exception? _error;

    private ChatObservation(NodeVisit visit, AgentObservation agent, IReadOnlyList<ChatMessage> messages, ChatOptions options)
    {
        (_visit, _model, _began) = (visit, agent.Model, visit.Run.TimeProvider.GetTimestamp());
        _requested = options.ModelId ?? _model.RequestModel;
        _activity = WorkflowTelemetry.Start(_requested is null ? "chat" : "chat " + _requested, ActivityKind.Client, CreationTags());
        if (_activity is not { IsAllDataRequested: true }) return;
        _activity.AddTag(Tags.Role, agent.RoleName).AddTag(Tags.RunId, visit.Run.Id).AddTag(Tags.NodeId, visit.Id).AddTag(Tags.Turn, visit.Turn).AddTag(Tags.Attempt, visit.Attempt);
        if (visit.Run.RunId is { } run) _activity.AddTag(Tags.Conversation, run);
        Describe(options);
        if (visit.Run.StreamReplies) _activity.AddTag(Tags.Stream, true);
        if (visit.Run.TellsMessages) _activity.AddTag(Tags.InputMessages, ObservedMessages.Write(messages, null));
    }

    /// <summary>Asks a model. A client that reports its calls by itself is left to do so, or they would count twice.</summary>
    public static async Task<ChatResponse> AskAsync(
        NodeVisit visit, AgentObservation agent, LoopedCalls looped, IChatClient client, IReadOnlyList<ChatMessage> messages, ChatOptions options, CancellationToken cancellationToken)
    {
        using var chat = agent.Model.ReportsItself ? null : new ChatObservation(visit, agent, messages, options);
        try
        {
            var response = await looped.AskAsync(client, messages, options, cancellationToken).ConfigureAwait(false);

            // A client that answers nothing is refused by who asks.
            if (response is null) return response!;
            var usage = ModelCall.UsageOf(response, TokenTrace.Of(response));
            agent.Use(usage);
            chat?.Complete(response, usage);
            return response;
        }
        catch (Exception e) when (chat is not null)
        {
            chat._error = e;
            throw;
        }
    }

    public void Dispose()
    {
        var error = _error is null ? null : _activity.SetError(_error, _visit.Run.TellsMessages);
        var tags = new TagList { { Tags.Operation, "chat" }, { Tags.Provider, _model.Provider } };
        if (_requested is not null) tags.Add(Tags.RequestModel, _requested);
        if (_response?.ModelId is { } model) tags.Add(Tags.ResponseModel, model);
        if (_model.Server is { } server)
        {
            tags.Add(Tags.ServerAddress, server.Host);
            tags.Add(Tags.ServerPort, server.Port);
        }

        if (_usage is not null && WorkflowTelemetry.TokenUsage.Enabled)
        {
            WorkflowTelemetry.Measure(WorkflowTelemetry.TokenUsage, _usage.InputTokens, [.. tags, new(Tags.TokenType, "input")]);
            WorkflowTelemetry.Measure(WorkflowTelemetry.TokenUsage, _usage.OutputTokens, [.. tags, new(Tags.TokenType, "output")]);
        }

        if (error is not null) tags.Add(Tags.ErrorType, error);
        WorkflowTelemetry.Measure(WorkflowTelemetry.CallDuration, _visit.Run.TimeProvider.GetElapsedTime(_began).TotalSeconds, tags);
        WorkflowTelemetry.Stop(_activity);
    }

    private List<KeyValuePair<string, object?>> CreationTags()
    {
        var tags = new List<KeyValuePair<string, object?>>(5) { new(Tags.Operation, "chat"), new(Tags.Provider, _model.Provider) };
        if (_requested is not null) tags.Add(new(Tags.RequestModel, _requested));
        if (_model.Server is not { } server) return tags;
        tags.Add(new(Tags.ServerAddress, server.Host));
        tags.Add(new(Tags.ServerPort, server.Port));
        return tags;
    }

    private void Describe(ChatOptions options)
    {
        Add(Tags.Temperature, options.Temperature);
        Add(Tags.TopP, options.TopP);
        Add(Tags.TopK, options.TopK);
        Add(Tags.MaxTokens, options.MaxOutputTokens);
        Add(Tags.Seed, options.Seed);
        Add(Tags.OutputType, options.ResponseFormat is null ? null : options.ResponseFormat is ChatResponseFormatJson ? "json" : "text");
        Add(Tags.StopSequences, options.StopSequences is { Count: > 0 } stops ? stops.ToArray() : null);
    }

    private void Complete(ChatResponse response, TokenUsage? usage)
    {
        (_response, _usage) = (response, usage);
        if (_activity is not { IsAllDataRequested: true }) return;
        Add(Tags.ResponseId, response.ResponseId);
        Add(Tags.ResponseModel, response.ModelId);
        Add(Tags.FinishReasons, response.FinishReason is { } reason ? new[] { ObservedMessages.NameOf(reason) } : null);
        Add(Tags.InputTokens, usage?.InputTokens);
        Add(Tags.OutputTokens, usage?.OutputTokens);
        var tokens = TokenTrace.Of(response);
        Add(Tags.Policy, (tokens?.Policy ?? _visit.Run.GetPolicy(_visit.Agent!.Role))?.ToString());
        Add(Tags.WeightsVersion, tokens?.WeightsVersion);
        if (_visit.Run.TellsMessages) _activity.AddTag(Tags.OutputMessages, ObservedMessages.Write(response.Messages, response.FinishReason));
    }

    private void Add(string name, object? value)
    {
        if (value is not null) _activity!.AddTag(name, value);
    }
}
