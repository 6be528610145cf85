using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace AgentTeams.Workflows;

/// <summary>What all visits of a run share. Safe for concurrent use.</summary>
internal sealed class RunContext(TeamRuntime runtime, WorkflowRunOptions options, SeedKey seed, RunJournal journal, RunSink sink, CancellationToken stop)
{
    private readonly HashSet<Type> _replaced = [];
    private readonly List<(HumanRequest Request, IAnswered Node)> _requests = [];
    private int _steps;

    /// <summary>The run, as middleware sees it.</summary>
    public required RunInfo Info { get; init; }

    public RunSink Sink => sink;

    public RunJournal Journal => journal;

    public BudgetMeter Budget { get; } = new(options.Budget);

    public MiddlewareChain Middleware { get; } = new(options.Middleware);

    public TimeProvider TimeProvider => options.TimeProvider;

    public SeedKey Seed => seed;

    public int MaxSteps => options.MaxSteps;

    public int MaxDepth => options.MaxDepth;

    public ILogger Log { get; } = options.LoggerFactory.CreateLogger(WorkflowLog.Category);

    public bool StreamReplies => options.StreamReplies;

    /// <summary>Whether somebody listens to what its visits and calls tell.</summary>
    public bool IsObserved { get; init; }

    /// <summary>Whether listeners may hear what was said, too.</summary>
    public bool TellsMessages => options.EnableSensitiveData;

    public IServiceProvider? Services => runtime.Services;

    public Func<HumanRequest, CancellationToken, ValueTask<object?>>? Responder => options.Responder;

    /// <summary>Whether nothing may be done but what the journal holds.</summary>
    public bool IsReplay { get; init; }

    /// <summary>The fork or state to end at; null for the end of the workflow.</summary>
    public VisitPath? StopAfter { get; init; }

    /// <summary>The state after <see cref="StopAfter"/>, once the run got there.</summary>
    public object? Reached { get; set; }

    /// <summary>Whether the whole run is being cancelled, and not only a branch.</summary>
    public bool IsStopping => stop.IsCancellationRequested;

    /// <summary>Its id in the store, or null.</summary>
    public string? RunId => options.RunId;

    /// <summary>What tells this run from others: its id in the store, else that of its trajectory.</summary>
    public string Id => field ??= options.RunId ?? seed.ToTrajectoryId();

    /// <summary>The requests that wait for an answer, with the nodes that made them.</summary>
    public IReadOnlyList<(HumanRequest Request, IAnswered Node)> Requests
    {
        get
        {
            lock (_requests)
            {
                if (_requests.Count == 0) return [];
                var open = new OpenRequests(journal.Snapshot());
                return [.. _requests.Where(r => open.IsOpen(r.Request.Path)).OrderBy(r => r.Request.Path)];
            }
        }
    }

    /// <summary>The visits so far.</summary>
    public int Steps => Volatile.Read(ref _steps);

    public void AddRequest(HumanRequest request, IAnswered node)
    {
        lock (_requests) _requests.Add((request, node));
    }

    /// <summary>Counts a visit.</summary>
    public void CountStep() => Interlocked.Increment(ref _steps);

    /// <summary>A value as a record holds it.</summary>
    public JsonElement ToElement<T>(T value) => TrajectoryJson.ToElement(value, type =>
    {
        lock (_replaced)
        {
            if (!_replaced.Add(type)) return;
        }

        WorkflowLog.Replaced(Log, type);
    });

    public RoleOptions OptionsOf(Role role) => options.RoleOptions?.Invoke(role) ?? role.Options;

    public IChatClient GetChatClient(Role role) => runtime.ChatClientSelector(role)
        ?? throw new AgentTeamsException($"TeamRuntime.ChatClientSelector returned no client for the role '{role.Name}'. Return one.");

    public PolicyId? GetPolicy(Role role) => runtime.Models?.Bindings.GetValueOrDefault(role.Name);
}
