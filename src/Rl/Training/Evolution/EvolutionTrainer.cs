using System.Runtime.CompilerServices;

namespace AgentTeams.Rl;

/// <summary>
/// Evolution strategies (Salimans et al. 2017, algorithm 2 with mirrored sampling and rank shaping): every trained policy is moved by sigma times Gaussian noise, the team is tried, and the weights go along the sum
/// of the noises weighted by how the members ranked. It needs rollouts only, no log-probabilities and no gradients: a yardstick for those who have them. The noise comes from seeds, so that nothing but the weights themselves
/// is kept. Members are tried on the same tasks with the same random numbers; their runs are not stored.
/// </summary>
/// <typeparam name="TTask">What is worked on.</typeparam>
/// <example>
/// <code>
/// var trainer = new EvolutionTrainer&lt;Problem&gt;(models, tasks, new() { Rewards = rewards, Population = 32 });
/// await foreach (var step in trainer.TrainAsync()) Console.WriteLine($"{step.Step}: {step.Metrics["reward"]:0.00}");
/// </code>
/// </example>
public sealed class EvolutionTrainer<TTask>
{
    private readonly TeamModels _models;
    private readonly TaskSource<TTask> _source;
    private readonly EvolutionOptions _options;

    /// <summary>Creates a trainer.</summary>
    /// <param name="models">The team and its models.</param>
    /// <param name="tasks">The tasks to train on, and how one is run.</param>
    /// <param name="options">How it is trained.</param>
    /// <exception cref="AgentTeamsException">Options are out of range, or a trained model does not give access to its weights.</exception>
    public EvolutionTrainer(TeamModels models, TaskSet<TTask> tasks, EvolutionOptions options)
    {
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(options);
        OptionChecks.Validate(options);
        (_models, _options, _source) = (models, options, new(tasks, new() { MaxConcurrency = options.MaxConcurrency }));
        foreach (var policy in models.TrainablePolicies.Where(p => models.GetModel(p) is not IWeightAccess))
            throw new AgentTeamsException($"The model of '{policy}' does not give access to its weights, so it cannot be perturbed. Train local models this way.");
    }

    /// <summary>Runs the steps from one on.</summary>
    /// <param name="firstStep">The first step to run; the number of steps already done.</param>
    /// <param name="cancellationToken">Ends training; the weights are then those before the step.</param>
    public async IAsyncEnumerable<RlStep> TrainAsync(int firstStep = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (var step = firstStep; step < _options.Steps; step++) yield return await StepAsync(new SeedKey(_options.Seed, _options.Stage, step), cancellationToken).ConfigureAwait(false);
    }

    private async Task<RlStep> StepAsync(SeedKey key, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        var centres = new Dictionary<PolicyId, float[]>();
        foreach (var policy in _models.TrainablePolicies) centres[policy] = await AccessOf(policy).ReadWeightsAsync(policy, cancellationToken).ConfigureAwait(false);
        var fitness = new double[_options.Population];
        var runs = new List<Trajectory>();
        var isDone = false;
        try
        {
            for (var member = 0; member < fitness.Length; member++)
            {
                foreach (var (policy, centre) in centres) await WriteAsync(policy, Moved(centre, policy, key, [(member, _options.Sigma)]), isUpdate: false).ConfigureAwait(false);
                var tried = await TryAsync(key, cancellationToken).ConfigureAwait(false);
                fitness[member] = tried.Average(Totals.Of);
                runs.AddRange(tried);
            }

            var shaped = Shape(fitness);
            var pull = _options.LearningRate / (_options.Population * _options.Sigma);
            foreach (var (policy, centre) in centres) await WriteAsync(policy, Moved(centre, policy, key, [.. shaped.Select((s, m) => (m, pull * s))]), isUpdate: true).ConfigureAwait(false);
            isDone = true;
        }
        finally
        {
            if (!isDone) foreach (var (policy, centre) in centres) await WriteAsync(policy, centre, isUpdate: false).ConfigureAwait(false);
        }

        var metrics = new SortedDictionary<string, double>(StringComparer.Ordinal) { ["reward/best"] = fitness.Max(), ["model_calls"] = runs.Sum(r => r.Nodes.Count(n => n.Kind == NodeKind.Role)) };
        RolloutMetrics.Add(metrics, runs);
        return new()
        {
            Step = key.Step, Metrics = metrics, Trajectories = runs, Updates = _models.TrainablePolicies.ToDictionary(p => p, _ => 1), Refused = [], RolloutTime = TimeProvider.System.GetElapsedTime(start),
        };
    }

    private async Task<IReadOnlyList<Trajectory>> TryAsync(SeedKey key, CancellationToken cancellationToken)
    {
        var groups = await _source.SampleAsync(new() { Key = key, Tasks = _options.TasksPerStep, GroupSize = _options.Samples, Judge = (runs, _) => Task.FromResult(runs) }, cancellationToken).ConfigureAwait(false);
        Trajectory[] runs = [.. groups.SelectMany(g => g.Trajectories)];
        if (runs.FirstOrDefault(RolloutsFailedException.IsBroken) is not null) throw new RolloutsFailedException($"Step {key.Step} of the evolution", [.. runs.Where(RolloutsFailedException.IsBroken)]);
        return await _options.Rewards!.ScoreAsync(runs, cancellationToken).ConfigureAwait(false);
    }

    // Pairs share their noise and go opposite ways.
    private static float[] Moved(float[] centre, PolicyId policy, SeedKey key, IReadOnlyList<(int Member, double Scale)> moves)
    {
        float[] moved = [.. centre];
        foreach (var pair in moves.GroupBy(m => m.Member / 2))
        {
            var scale = pair.Sum(m => m.Member % 2 == 0 ? m.Scale : -m.Scale);
            var random = (key with { Task = policy.ToString(), Node = "noise", Sample = pair.Key }).ToRandom();
            for (var i = 0; i < moved.Length; i += 2)
            {
                // Box and Muller give two at a time.
                var (radius, angle) = (scale * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())), 2 * Math.PI * random.NextDouble());
                moved[i] += (float)(radius * Math.Cos(angle));
                if (i + 1 < moved.Length) moved[i + 1] += (float)(radius * Math.Sin(angle));
            }
        }

        return moved;
    }

    // Ranks from -0.5 to 0.5, ties their mean, so that no outlier decides alone.
    private static double[] Shape(double[] fitness) =>
        [.. fitness.Select(f => (fitness.Count(o => o < f) + (fitness.Count(o => o == f) - 1) / 2.0) / (fitness.Length - 1) - 0.5)];

    private IWeightAccess AccessOf(PolicyId policy) => (IWeightAccess)_models.GetModel(policy);

    private Task WriteAsync(PolicyId policy, float[] weights, bool isUpdate) => AccessOf(policy).WriteWeightsAsync(policy, weights, isUpdate, CancellationToken.None);
}
