using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.SemanticKernel.Agents.Runtime;

namespace AgentTeams.SemanticKernel;

/// <summary>
/// The runtime of one rollout: delivers messages in order, waits without spinning, tells of the first failure at once, and ends with
/// the run. Semantic Kernel's in-process runtime polls even while it is idle and lets failures become time-outs.
/// </summary>
internal sealed class RolloutRuntime : IAgentRuntime, IAsyncDisposable
{
    private readonly Dictionary<AgentType, Func<AgentId, IAgentRuntime, ValueTask<IHostableAgent>>> _factories = [];
    private readonly ConcurrentDictionary<string, ISubscriptionDefinition> _subscriptions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<AgentId, Lazy<Task<IHostableAgent>>> _agents = [];
    private readonly Channel<Func<Task>> _deliveries = Channel.CreateUnbounded<Func<Task>>(new() { SingleReader = true });
    private readonly TaskCompletionSource _failure = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop;
    private readonly Task _pump;

    public RolloutRuntime(CancellationToken cancellationToken)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _pump = Task.Run(PumpAsync, CancellationToken.None);
    }

    /// <summary>Fails with the first exception of an agent; never completes otherwise.</summary>
    public Task Failure => _failure.Task;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => _stop.CancelAsync();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _deliveries.Writer.TryComplete();
        await _pump.ConfigureAwait(false);
        foreach (var agent in _agents.Values)
        {
            if (agent.Value.IsCompletedSuccessfully) await (await agent.Value.ConfigureAwait(false)).CloseAsync().ConfigureAwait(false);
        }

        _stop.Dispose();
    }

    public ValueTask PublishMessageAsync(object message, TopicId topic, AgentId? sender = null, string? messageId = null, CancellationToken cancellationToken = default)
    {
        Enqueue(() => Task.WhenAll(_subscriptions.Values.Where(s => s.Matches(topic)).OrderBy(s => s.Id, StringComparer.Ordinal).Select(s => s.MapToAgent(topic)).Where(id => id != sender)
            .Select(id => DeliverAsync(message, id, new(messageId ?? NewId(), _stop.Token) { Sender = sender, Topic = topic, IsRpc = false }))));
        return default;
    }

    public async ValueTask<object?> SendMessageAsync(object message, AgentId recipient, AgentId? sender = null, string? messageId = null, CancellationToken cancellationToken = default)
    {
        var answer = new TaskCompletionSource<object?>(TaskCreationOptions.RunContinuationsAsynchronously);
        Enqueue(async () =>
        {
            try
            {
                answer.TrySetResult(await DeliverAsync(message, recipient, new(messageId ?? NewId(), _stop.Token) { Sender = sender, IsRpc = true }).ConfigureAwait(false));
            }
            catch (Exception e)
            {
                answer.TrySetException(e);
            }
        });
        return await answer.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<AgentId> GetAgentAsync(AgentId agentId, bool lazy = true)
    {
        if (!lazy) await AgentAsync(agentId).ConfigureAwait(false);
        return agentId;
    }

    public ValueTask<AgentId> GetAgentAsync(AgentType agentType, string key = "default", bool lazy = true) => GetAgentAsync(new AgentId(agentType, key), lazy);

    public ValueTask<AgentId> GetAgentAsync(string agent, string key = "default", bool lazy = true) => GetAgentAsync(new AgentId(agent, key), lazy);

    public async ValueTask<AgentMetadata> GetAgentMetadataAsync(AgentId agentId) => (await AgentAsync(agentId).ConfigureAwait(false)).Metadata;

    public async ValueTask<JsonElement> SaveAgentStateAsync(AgentId agentId) => await (await AgentAsync(agentId).ConfigureAwait(false)).SaveStateAsync().ConfigureAwait(false);

    public async ValueTask LoadAgentStateAsync(AgentId agentId, JsonElement state) => await (await AgentAsync(agentId).ConfigureAwait(false)).LoadStateAsync(state).ConfigureAwait(false);

    public ValueTask AddSubscriptionAsync(ISubscriptionDefinition subscription)
    {
        if (!_subscriptions.TryAdd(subscription.Id, subscription)) throw new InvalidOperationException($"The subscription '{subscription.Id}' exists already.");
        return default;
    }

    public ValueTask RemoveSubscriptionAsync(string subscriptionId)
    {
        if (!_subscriptions.TryRemove(subscriptionId, out _)) throw new InvalidOperationException($"There is no subscription '{subscriptionId}'.");
        return default;
    }

    public ValueTask<AgentType> RegisterAgentFactoryAsync(AgentType type, Func<AgentId, IAgentRuntime, ValueTask<IHostableAgent>> factoryFunc)
    {
        lock (_factories)
        {
            if (!_factories.TryAdd(type, factoryFunc)) throw new InvalidOperationException($"The agent type '{type}' is registered already.");
        }

        return new(type);
    }

    public ValueTask<AgentProxy> TryGetAgentProxyAsync(AgentId agentId) => new(new AgentProxy(agentId, this));

    public ValueTask<JsonElement> SaveStateAsync() => throw NotKept();

    public ValueTask LoadStateAsync(JsonElement state) => throw NotKept();

    private static string NewId() => Guid.NewGuid().ToString("N");

    private static AgentTeamsException NotKept() => new("The state of a rollout's runtime cannot be saved: a rollout that is cut off is run again. Use Semantic Kernel's InProcessRuntime for runs that must be saved.");

    // What comes after the end has nobody to hear it.
    private void Enqueue(Func<Task> delivery) => _deliveries.Writer.TryWrite(delivery);

    private async Task PumpAsync()
    {
        var underWay = new ConcurrentDictionary<Task, bool>();
        await foreach (var delivery in _deliveries.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            var task = ObserveAsync(delivery);
            if (task.IsCompleted) continue;
            underWay[task] = true;
            _ = task.ContinueWith(t => underWay.TryRemove(t, out _), TaskScheduler.Default);
        }

        await Task.WhenAll(underWay.Keys).ConfigureAwait(false);
    }

    private async Task ObserveAsync(Func<Task> delivery)
    {
        try
        {
            if (!_stop.IsCancellationRequested) await delivery().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _failure.TrySetException(e);
        }
    }

    private async Task<object?> DeliverAsync(object message, AgentId recipient, MessageContext context) =>
        await (await AgentAsync(recipient).ConfigureAwait(false)).OnMessageAsync(message, context).ConfigureAwait(false);

    private Task<IHostableAgent> AgentAsync(AgentId id) => _agents.GetOrAdd(id, key => new(() =>
    {
        lock (_factories)
        {
            return _factories.TryGetValue(key.Type, out var factory) ? factory(key, this).AsTask() : throw new InvalidOperationException($"No agent of type '{key.Type}' is registered.");
        }
    })).Value;
}
