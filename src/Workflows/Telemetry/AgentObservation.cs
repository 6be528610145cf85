using System.Diagnostics;
using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>A role's visit while somebody listens: its span, how long it took and what its calls used.</summary>
internal sealed class AgentObservation : IDisposable
{
    private readonly NodeVisit _visit;
    private readonly Role _role;
    private readonly Activity? _activity;
    private readonly long _began;
    private Exception? _error;
    private long _inputTokens;
    private long _outputTokens;

    public AgentObservation(NodeVisit visit, Role role, IChatClient client)
    {
        (_visit, _role, _began) = (visit, role, visit.Run.TimeProvider.GetTimestamp());
        Model = ObservedModel.Of(client);
        _activity = WorkflowTelemetry.Start("invoke_agent " + role.Name, ActivityKind.Internal,
            [new(Tags.Operation, "invoke_agent"), new(Tags.AgentName, role.Name), new(Tags.Provider, Model.Provider), .. Model.RequestModel is { } model ? [new(Tags.RequestModel, model)] : Nothing]);
        if (_activity is not { IsAllDataRequested: true }) return;
        if (visit.Run.RunId is { } run) _activity.AddTag(Tags.Conversation, run);
        _activity.AddTag(Tags.RunId, visit.Run.Id).AddTag(Tags.NodeId, visit.Id).AddTag(Tags.NodePath, visit.Path.ToString()).AddTag(Tags.Turn, visit.Turn);
        if (visit.Run.GetPolicy(role) is { } policy) _activity.AddTag(Tags.Policy, policy.ToString());
    }

    private static KeyValuePair<string, object?>[] Nothing => [];

    public ObservedModel Model { get; }

    public Role Role => _role;

    public string RoleName => _role.Name;

    /// <summary>Counts what a call used.</summary>
    public void Use(TokenUsage? usage)
    {
        if (usage is null) return;
        _inputTokens += usage.InputTokens;
        _outputTokens += usage.OutputTokens;
    }

    public void Fail(Exception error) => _error = error;

    public void Dispose()
    {
        var tags = new TagList { { Tags.AgentName, _role.Name } };
        if (Model.RequestModel is { } model) tags.Add(Tags.RequestModel, model);
        if (_error is not null) tags.Add(Tags.ErrorType, _activity.SetError(_error, _visit.Run.TellsMessages));
        if (_activity is not null && _inputTokens + _outputTokens > 0) _activity.AddTag(Tags.InputTokens, _inputTokens).AddTag(Tags.OutputTokens, _outputTokens);
        WorkflowTelemetry.Measure(WorkflowTelemetry.AgentDuration, _visit.Run.TimeProvider.GetElapsedTime(_began).TotalSeconds, tags);
        WorkflowTelemetry.Stop(_activity);
    }
}

/// <summary>What a chat client says of the model behind it.</summary>
internal readonly record struct ObservedModel(string Provider, string? RequestModel, Uri? Server, bool ReportsItself)
{
    public static ObservedModel Of(IChatClient client)
    {
        var metadata = client.GetService(typeof(ChatClientMetadata)) as ChatClientMetadata;

        // Microsoft.Extensions.AI's UseOpenTelemetry answers to this, wherever it stands in the pipeline.
        return new(metadata?.ProviderName ?? "unknown", metadata?.DefaultModelId, metadata?.ProviderUri, client.GetService(typeof(ActivitySource)) is not null);
    }
}

internal static class ObservedErrors
{
    /// <summary>Marks a span as failed. A message may quote what was said, so it is told only where that is asked for.</summary>
    /// <returns>What kind of error it is, for metrics.</returns>
    public static string SetError(this Activity? activity, Exception error, bool tellsMessage)
    {
        var type = error.GetType().FullName ?? error.GetType().Name;
        activity?.AddTag(Tags.ErrorType, type).SetStatus(ActivityStatusCode.Error, tellsMessage ? error.Message : null);
        return type;
    }
}
