namespace AgentTeams.Rl;

/// <summary>
/// Tasks that a role of the team makes up: it is paid for tasks that the others solve now and then, 4 p (1 - p) for a success rate p, so that it stays at the edge of what they can do (a coach:
/// CPMobius; an adversary or a searcher of failures with another <see cref="ProposalOptions.Pay"/>). Proposals are compared with each other, solutions of a task among themselves.
/// </summary>
/// <typeparam name="TTask">What is proposed and worked on.</typeparam>
public sealed class ProposedTaskSource<TTask> : IExperienceSource
{
    private readonly RolloutRunner<SeedKey> _proposals;
    private readonly RolloutRunner<TTask> _solutions;
    private readonly Func<Trajectory, TTask?> _parse;
    private readonly Func<TTask, string> _id;
    private readonly ProposalOptions _options;

    /// <summary>Creates a source.</summary>
    /// <param name="propose">Runs the proposing role once; the key decides every draw and the trajectory's id.</param>
    /// <param name="parse">Reads the task that a run proposed; null where it proposed none.</param>
    /// <param name="id">The id of a task; equal tasks have equal ids.</param>
    /// <param name="solve">Runs the team on a task once.</param>
    /// <param name="options">What a proposal is paid; null for every default.</param>
    /// <param name="rollouts">Store, models and concurrency; null for every default.</param>
    /// <exception cref="AgentTeamsException">Options are out of range.</exception>
    public ProposedTaskSource(Rollout<SeedKey> propose, Func<Trajectory, TTask?> parse, Func<TTask, string> id, Rollout<TTask> solve, ProposalOptions? options = null, RolloutOptions? rollouts = null)
    {
        ArgumentNullException.ThrowIfNull(propose);
        ArgumentNullException.ThrowIfNull(parse);
        ArgumentNullException.ThrowIfNull(id);
        _options = options ?? new();
        OptionChecks.Validate(_options);
        (_parse, _id) = (parse, id);
        _proposals = new((key, seed, token) => propose(seed, seed, token), _ => "proposals", rollouts);
        _solutions = new(solve, id, rollouts);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ExperienceGroup>> SampleAsync(ExperienceRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var proposed = await _proposals.RunAsync([request.Key], request.Tasks, request.Key with { Path = "propose" }, cancellationToken).ConfigureAwait(false);
        var tasks = proposed.Select(t => t.Status == TrajectoryStatus.Completed ? _parse(t) : default).ToArray();
        TTask[] distinct = [.. tasks.OfType<TTask>().DistinctBy(_id, StringComparer.Ordinal)];
        var solved = await _solutions.RunAsync(distinct, request.GroupSize, request.Key, cancellationToken).ConfigureAwait(false);
        var judged = await request.Judge(solved, cancellationToken).ConfigureAwait(false);
        var groups = judged.Chunk(request.GroupSize).Select(runs => new ExperienceGroup { Trajectories = [.. runs] }).ToList();
        // Runs that broke for other reasons say nothing about the task; where all did, nobody knows what its proposal is worth.
        var rates = distinct.Zip(groups).ToDictionary(p => _id(p.First), p => p.Second.Trajectories.Where(t => !RolloutsFailedException.IsBroken(t)).Select(t => Totals.Of(t) >= _options.SuccessAt ? 1.0 : 0)
            .DefaultIfEmpty(double.NaN).Average(), StringComparer.Ordinal);
        var paid = proposed.Select((t, i) => t with
        {
            GroupId = $"{request.Key.Step}/proposals",
            Rewards = tasks[i] is not { } task ? [Reward.ForTrajectory("proposal", _options.Invalid)] : double.IsNaN(rates[_id(task)]) ? [] : [Reward.ForTrajectory("proposal", _options.Pay(rates[_id(task)]))],
        });
        // What is paid depends on others' runs, so the rewards of runs have no say in it.
        return [new ExperienceGroup { Trajectories = [.. paid], IsJudged = true }, .. groups];
    }
}

/// <summary>What proposals are paid.</summary>
public sealed record ProposalOptions : IChecked
{
    /// <summary>The total reward from which a run counts as a success.</summary>
    /// <value>Finite; 1 by default.</value>
    public double SuccessAt { get; init; } = 1;

    /// <summary>What a task is worth whose solutions succeed at a rate from 0 to 1.</summary>
    /// <value>4 p (1 - p) by default; 1 - p for an adversary.</value>
    public Func<double, double> Pay { get; init; } = p => 4 * p * (1 - p);

    /// <summary>What a proposal earns that is no task.</summary>
    /// <value>Finite; -1 by default.</value>
    public double Invalid { get; init; } = -1;

    void IChecked.Check(OptionChecks checks) => checks.Require(double.IsFinite(SuccessAt), SuccessAt, "a finite number").Require(double.IsFinite(Invalid), Invalid, "a finite number");
}
