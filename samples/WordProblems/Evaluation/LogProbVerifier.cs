using System.Globalization;

namespace AgentTeams.Samples.WordProblems;

/// <summary>Recomputes what a run recorded, in a process of its own: from its checkpoints and its JSONL, through the full forward pass.</summary>
internal static class LogProbVerifier
{
    private const double Tolerance = 1e-5;

    public static async Task<int> RunAsync(string folder, CancellationToken cancellationToken)
    {
        var checkpoints = Path.Combine(folder, "checkpoints");
        if (!Directory.Exists(checkpoints))
        {
            await Console.Error.WriteLineAsync($"error: '{folder}' holds no checkpoints. Give the folder of a run.");
            return 1;
        }

        var traces = new List<(string Trajectory, string Node, TokenTrace Trace)>();
        using (var store = await JsonlTrajectoryStore.OpenAsync(Path.Combine(folder, "trajectories.jsonl"), cancellationToken: cancellationToken))
        {
            await foreach (var t in store.ReadAllAsync(cancellationToken))
                traces.AddRange(t.Nodes.Where(n => n.Tokens is not null).Select(n => (t.Id, n.Id, n.Tokens!)));
        }

        var (worst, checkedTokens, checkedCalls) = (0.0, 0L, 0);
        foreach (var model in Directory.EnumerateDirectories(checkpoints, "step-*").SelectMany(c => Directory.EnumerateDirectories(Path.Combine(c, "models"))))
        {
            using var restored = Restore(model);
            foreach (var policy in restored.Policies)
            {
                var calls = traces.Where(t => t.Trace.Policy == policy && t.Trace.WeightsVersion == restored.WeightsVersion(policy)).ToList();
                var scores = restored.Evaluate(policy, calls.ConvertAll(c => new TrainingRow
                {
                    PromptIds = c.Trace.PromptIds,
                    CompletionIds = c.Trace.CompletionIds,
                    Temperature = c.Trace.Temperature > 0 ? c.Trace.Temperature : 1,
                }), cancellationToken);
                for (var i = 0; i < calls.Count; i++)
                {
                    for (var k = 0; k < scores[i].LogProbs.Length; k++) worst = Math.Max(worst, Math.Abs(scores[i].LogProbs[k] - (double)calls[i].Trace.LogProbs[k]));
                    checkedTokens += scores[i].LogProbs.Length;
                }

                checkedCalls += calls.Count;
            }
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{checkedCalls} of {traces.Count} calls, {checkedTokens} tokens, max abs difference {worst:G3}"));
        return checkedCalls > 0 && worst <= Tolerance ? 0 : 1;
    }

    private static CpuLanguageModel Restore(string directory)
    {
        var model = CpuLanguageModel.Load(Path.GetFileName(directory), directory);
        var adapters = Path.Combine(directory, "adapters");
        foreach (var adapter in Directory.Exists(adapters) ? Directory.EnumerateDirectories(adapters) : [])
            model.LoadAdapter(Path.GetFileName(adapter), adapter);
        model.Load(directory);
        return model;
    }
}
