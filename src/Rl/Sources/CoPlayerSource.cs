using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Rl;

/// <summary>
/// Self-play against a pool of co-players, for example past selves: in a part of the groups the seats of some roles are taken by a member of the pool, drawn
/// by its key, and only the others are trained (fictitious self-play; MARS, CPMobius). What the members said is recorded with their own policy and version.
/// </summary>
/// <typeparam name="TTask">What is worked on.</typeparam>
public sealed class CoPlayerSource<TTask> : IExperienceSource, IResumablePart, INamesRoles
{
    private readonly TaskSet<TTask> _tasks;
    private readonly CoPlayerOptions _options;
    private readonly RolloutRunner<TTask> _runner;
    private readonly TaskForks<TTask> _forks;
    private readonly List<CoPlayer> _pool = [];
    private readonly Dictionary<string, CoPlayer> _known = new(StringComparer.Ordinal);

    /// <summary>Creates a source.</summary>
    /// <param name="tasks">The tasks, and how one is run.</param>
    /// <param name="options">Which seats are taken, and how often; a pool that is empty takes none.</param>
    /// <param name="rollouts">Store, models and concurrency; null for every default.</param>
    /// <exception cref="AgentTeamsException">Options are out of range.</exception>
    public CoPlayerSource(TaskSet<TTask> tasks, CoPlayerOptions options, RolloutOptions? rollouts = null)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(options);
        OptionChecks.Validate(options);
        (_tasks, _options, _runner, _forks) = (tasks, options, new(tasks.Rollout, tasks.GetId, rollouts), new(tasks, rollouts) { Seats = SeatsOf });
    }

    /// <inheritdoc/>
    public IForkRunner Forks => _forks;

    IEnumerable<string> INamesRoles.NamedRoles => _options.Seats;

    /// <summary>The names of the members, oldest first.</summary>
    public IEnumerable<string> Members => _pool.Select(p => p.Name);

    /// <summary>Adds a member; the oldest leaves where the pool is full.</summary>
    /// <param name="name">Its name, which no other member had before: it tells the runs with it from those with others.</param>
    /// <param name="policy">Its policy, as its token traces name it; null for a model without traces.</param>
    /// <param name="client">The model; it stays the caller's.</param>
    /// <exception cref="AgentTeamsException">Another member has or had the name.</exception>
    public void Add(string name, PolicyId? policy, IChatClient client)
    {
        Add(new CoPlayer(name, policy, CallChange.Ask(name, client)));
    }

    private void Add(CoPlayer member)
    {
        var name = member.Name;
        if (!_known.TryAdd(name, member)) throw new AgentTeamsException($"The pool has or had a co-player '{name}' already. Give each member a name of its own, for example with the step that it comes from.");
        _pool.Add(member);
        if (_pool.Count <= _options.Capacity) return;
        var oldest = _pool[0];
        _pool.RemoveAt(0);
        oldest.Leave();
    }

    /// <summary>
    /// Adds a past self: the weights that a policy has now, whatever it learns from here on. They are kept in the model until the member leaves the pool; checkpoints hold them, so that a training
    /// which is resumed can add its members again by their versions, before it goes on.
    /// </summary>
    /// <param name="model">The model, such as a <c>LocalLanguageModel</c>.</param>
    /// <param name="policy">The policy.</param>
    /// <returns>The member's name, for example <c>team/coder@120</c>.</returns>
    /// <exception cref="AgentTeamsException">The pool has or had these weights already.</exception>
    public string AddPastSelf(IWeightVersions model, PolicyId policy)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(policy);
        return AddPastSelf(model, policy, model.KeepVersion(policy));
    }

    /// <summary>Adds a past self that the model keeps already, for example one of a checkpoint.</summary>
    /// <param name="model">The model.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="version">The version.</param>
    /// <returns>The member's name.</returns>
    /// <exception cref="WeightsVersionException">The version is not kept.</exception>
    /// <exception cref="AgentTeamsException">The pool has or had these weights already.</exception>
    public string AddPastSelf(IWeightVersions model, PolicyId policy, long version)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(policy);
        var name = string.Create(CultureInfo.InvariantCulture, $"{policy}@{version}");
        Add(new CoPlayer(name, null, CallChange.Ask(name, model.GetChatClient(policy, version))) 
        {
            Leave = () =>
            {
                if (model.KeptVersions(policy).Contains(version)) model.DropVersion(policy, version);
            },
        });
        return name;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ExperienceGroup>> SampleAsync(ExperienceRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var chosen = TaskOrder.Of(_tasks.Tasks, request.Tasks, request.Key).ConvertAll(t => (Task: t, Guest: GuestOf(request.Key with { Task = _tasks.GetId(t) })));
        var runs = await _runner.RunAsync([.. chosen.SelectMany(c => Plan(c.Task, c.Guest, request))], cancellationToken).ConfigureAwait(false);
        var each = request.GroupSize + request.GreedyRollouts;
        return [.. chosen.Select((c, i) => new ExperienceGroup
        {
            Trajectories = ImmutableArray.Create(runs, i * each, request.GroupSize),
            Greedy = ImmutableArray.Create(runs, i * each + request.GroupSize, request.GreedyRollouts),
            Opponents = c.Guest?.Policy is { } policy ? [policy] : [],
            OpponentSeats = c.Guest is null ? [] : [.. _options.Seats],
        })];
    }

    /// <inheritdoc/>
    public JsonElement SaveState() => JsonSerializer.SerializeToElement(Members);

    /// <inheritdoc/>
    /// <exception cref="AgentTeamsException">The pool holds other members than when the state was saved.</exception>
    public void RestoreState(JsonElement state)
    {
        var saved = state.Deserialize<string[]>() ?? [];
        if (!saved.SequenceEqual(Members, StringComparer.Ordinal))
            throw new AgentTeamsException($"The training was saved with the co-players {string.Join(", ", saved.DefaultIfEmpty("none"))}, but the pool holds "
                + $"{string.Join(", ", Members.DefaultIfEmpty("none"))}. Add the same members, in the same order, before it goes on.");
    }

    private IEnumerable<PlannedRollout<TTask>> Plan(TTask task, CoPlayer? guest, ExperienceRequest request)
    {
        var key = request.Key with { Task = _tasks.GetId(task), Path = guest is null ? "" : PathOf(guest) };
        var seats = guest is null ? null : SeatsOf(guest);
        for (var sample = 0; sample < request.GroupSize; sample++) yield return new(task, key with { Sample = sample }, seats is null ? null : SteeredRun.Seated(seats));
        for (var sample = 0; sample < request.GreedyRollouts; sample++)
            yield return new(task, key with { Sample = sample, Path = guest is null ? "greedy" : $"greedy {key.Path}" }, SteeredRun.Greedy(seats));
    }

    private static string PathOf(CoPlayer guest) => $"with {guest.Name}";

    private Dictionary<string, CallChange> SeatsOf(CoPlayer guest) => _options.Seats.ToDictionary(r => r, _ => guest.Seat, StringComparer.Ordinal);

    // A fork is played with whom its parent was played with.
    private Dictionary<string, CallChange>? SeatsOf(Trajectory parent)
    {
        if (parent.Key is not { Path: { Length: > 0 } path }) return null;
        return _known.Values.FirstOrDefault(p => PathOf(p) == path) is { } guest
            ? SeatsOf(guest)
            : throw new AgentTeamsException($"The trajectory '{parent.Id}' was played '{path}', whom the pool never held, so it cannot be run again. It held: "
                + $"{string.Join(", ", _known.Keys.DefaultIfEmpty("none"))}. Add the member before runs with it are forked.");
    }

    private CoPlayer? GuestOf(SeedKey key)
    {
        var random = (key with { Node = "co-player" }).ToRandom();
        return _pool.Count == 0 || random.NextDouble() >= _options.Share ? null : _pool[random.Next(_pool.Count)];
    }

    private sealed record CoPlayer(string Name, PolicyId? Policy, CallChange Seat)
    {
        public Action Leave { get; init; } = () => { };
    }
}

/// <summary>How co-players take part.</summary>
public sealed record CoPlayerOptions : IChecked
{
    /// <summary>The roles whose seats they take.</summary>
    public required IReadOnlyList<string> Seats { get; init; }

    /// <summary>The part of the groups that are played with a member of the pool.</summary>
    /// <value>0 to 1; 0.5 by default.</value>
    public double Share { get; init; } = 0.5;

    /// <summary>How many members the pool keeps.</summary>
    /// <value>At least 1; 8 by default.</value>
    public int Capacity { get; init; } = 8;

    void IChecked.Check(OptionChecks checks) => checks
        .RequireThat(Seats.Count > 0, "Seats names no role; name those whose seats co-players take.").Within(0, 1, Share).AtLeast(1, Capacity);
}
