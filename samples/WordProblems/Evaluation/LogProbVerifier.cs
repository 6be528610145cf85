using System.Globalization;

namespace AgentTeams.Samples.WordProblems;

/// <summary>Recomputes what a run recorded, in a process of its own: from its checkpoints and its JSONL, through the full forward pass.</summary>
internal static class LogProbVerifier
{
    private const double Tolerance = 1e-5;

    public static async Task<int> RunAsync(string folder, CancellationToken cancellationToken)
    {
        LogProbCheck result;
        try
        {
            result = await MeasureAsync(folder, cancellationToken);
        }
        catch (AgentTeamsException e)
        {
            await Console.Error.WriteLineAsync($"error: {e.Message}");
            return 1;
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{result.Checked} of {result.Calls} calls, {result.Tokens} tokens, max abs difference {result.MaxDifference:G3}"));
        return result.Checked > 0 && result.MaxDifference <= Tolerance ? 0 : 1;
    }

    /// <summary>Checks every call whose weights a checkpoint still holds.</summary>
    public static async Task<LogProbCheck> MeasureAsync(string folder, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(Path.Combine(folder, "checkpoints")))
            throw new AgentTeamsException($"'{folder}' holds no checkpoints. Give the folder of a run.");
        var traces = new List<TokenTrace>();
        using (var store = await JsonlTrajectoryStore.OpenAsync(Path.Combine(folder, "trajectories.jsonl"), cancellationToken: cancellationToken))
        {
            await foreach (var t in store.ReadAllAsync(cancellationToken))
                traces.AddRange(t.Nodes.Where(n => n.Tokens is not null).Select(n => n.Tokens!));
        }

        var result = new LogProbCheck(0, traces.Count, 0, 0);
        var saved = Directory.EnumerateDirectories(Path.Combine(folder, "checkpoints"), "step-*").Select(c => Path.Combine(c, "models"))
            .Append(Path.Combine(folder, RunFolder.FirstSupervised)).Where(Directory.Exists).SelectMany(Directory.EnumerateDirectories);
        foreach (var directory in saved)
        {
            using var model = await RestoreAsync(directory, cancellationToken);
            foreach (var policy in model.Policies)
            {
                var own = traces.Where(t => t.Policy == policy && t.WeightsVersion == model.WeightsVersion(policy)).ToList();
                result = result.Add(own, await model.ScoreAsync(policy, own.ConvertAll(t => new TrainingRow
                {
                    PromptIds = t.PromptIds,
                    CompletionIds = t.CompletionIds,
                    Temperature = t.Temperature > 0 ? t.Temperature : 1,
                    Constraints = t.Constraints,
                }), cancellationToken));
            }
        }

        return result;
    }

    private static async Task<LocalLanguageModel> RestoreAsync(string directory, CancellationToken cancellationToken)
    {
        var model = CpuLanguageModel.Load(Path.GetFileName(directory), directory);
        var adapters = Path.Combine(directory, "adapters");
        foreach (var adapter in Directory.Exists(adapters) ? Directory.EnumerateDirectories(adapters) : [])
            model.LoadAdapter(Path.GetFileName(adapter), adapter);
        await model.LoadAsync(directory, cancellationToken);
        return model;
    }
}

/// <summary>How recorded and recomputed log-probabilities compare.</summary>
/// <param name="Checked">Calls whose weights were still there.</param>
/// <param name="Calls">Calls that were recorded.</param>
/// <param name="Tokens">Tokens of the checked calls.</param>
/// <param name="MaxDifference">The largest absolute difference, in nats.</param>
internal sealed record LogProbCheck(int Checked, int Calls, long Tokens, double MaxDifference)
{
    public LogProbCheck Add(IReadOnlyList<TokenTrace> recorded, IReadOnlyList<TokenScores> recomputed) => this with
    {
        Checked = Checked + recorded.Count,
        Tokens = Tokens + recorded.Sum(t => (long)t.LogProbs.Length),
        MaxDifference = recorded.Zip(recomputed, (t, s) => t.LogProbs.Zip(s.LogProbs, (a, b) => Math.Abs((double)a - b)).Max()).Append(MaxDifference).Max(),
    };
}
