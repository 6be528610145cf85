namespace AgentTeams.Cli;

/// <summary>Recomputes what a run recorded, from its checkpoints and its trajectories, through the full forward pass.</summary>
public static class LogProbVerifier
{
    /// <summary>The largest difference that rounding explains, in nats.</summary>
    public const double Tolerance = 1e-5;

    /// <summary>Checks every call whose weights a checkpoint of the run still holds.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="load">Loads a model from its folder in a checkpoint; the CPU engine unless given.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    /// <exception cref="AgentTeamsException">The folder holds no run, or a checkpoint cannot be read.</exception>
    public static async Task<LogProbCheck> MeasureAsync(string folder, Func<string, CancellationToken, Task<LocalLanguageModel>>? load = null, CancellationToken cancellationToken = default)
    {
        load ??= static (directory, token) => CpuLanguageModel.LoadCheckpointAsync(directory, cancellationToken: token);
        var run = RunFolder.Read(folder);
        if (!File.Exists(run.Trajectories)) throw new AgentTeamsException($"The run in '{folder}' has no trajectories: '{run.Trajectories}' is not there. Restore it from a copy.");
        var traces = new List<TokenTrace>();
        using (var store = new SqliteTrajectoryStore(run.Trajectories))
        {
            await foreach (var t in store.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                traces.AddRange(t.Nodes.Where(n => n.Tokens is not null).Select(n => n.Tokens!));
        }

        var result = new LogProbCheck(0, traces.Count, 0, 0);
        var seen = new HashSet<(PolicyId, long)>();
        var checkpoints = new TrainingCheckpoints(run.Checkpoints);
        foreach (var directory in checkpoints.Steps().SelectMany(s => Directory.EnumerateDirectories(Path.Combine(checkpoints.GetPath(s), "models"))))
        {
            using var model = await load(directory, cancellationToken).ConfigureAwait(false);
            // Checkpoints that follow each other may hold the same weights.
            foreach (var policy in model.Policies.Where(p => seen.Add((p, model.WeightsVersion(p)))))
            {
                var own = traces.Where(t => t.Policy == policy && t.WeightsVersion == model.WeightsVersion(policy)).ToList();
                result = result.Add(own, await model.ScoreAsync(policy, own.ConvertAll(RowOf), cancellationToken).ConfigureAwait(false));
            }
        }

        return result;
    }

    private static TrainingRow RowOf(TokenTrace trace) => new()
    {
        PromptIds = trace.PromptIds,
        CompletionIds = trace.CompletionIds,
        Temperature = trace.Temperature > 0 ? trace.Temperature : 1,
        Constraints = trace.Constraints,
    };
}

/// <summary>How recorded and recomputed log-probabilities compare.</summary>
/// <param name="Checked">Calls whose weights were still there.</param>
/// <param name="Calls">Calls that were recorded with their tokens.</param>
/// <param name="Tokens">Tokens of the checked calls.</param>
/// <param name="MaxDifference">The largest absolute difference, in nats.</param>
public sealed record LogProbCheck(int Checked, int Calls, long Tokens, double MaxDifference)
{
    /// <summary>Whether something was checked, and nothing differs by more than rounding.</summary>
    public bool Holds => Checked > 0 && MaxDifference <= LogProbVerifier.Tolerance;

    internal LogProbCheck Add(IReadOnlyList<TokenTrace> recorded, IReadOnlyList<TokenScores> recomputed) => this with
    {
        Checked = Checked + recorded.Count,
        Tokens = Tokens + recorded.Sum(t => (long)t.LogProbs.Length),
        MaxDifference = recorded.Zip(recomputed, (t, s) => t.LogProbs.Zip(s.LogProbs, (a, b) => Math.Abs((double)a - b)).DefaultIfEmpty(0).Max()).Append(MaxDifference).Max(),
    };
}
