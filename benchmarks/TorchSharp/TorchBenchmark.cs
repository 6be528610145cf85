using System.Diagnostics;
using AgentTeams.Models.Torch;
using static TorchSharp.torch;

namespace AgentTeams.Benchmarks.TorchSharp;

/// <summary>All measurements, one after the other.</summary>
internal static class TorchBenchmark
{
    private static readonly string[] s_roles = ["planner", "coder", "verifier"];

    public static async Task<IReadOnlyDictionary<string, object>> RunAsync(IReadOnlyList<string> sizes, TorchModelOptions options, Work work, double? peak, PyTorchPeer? peer)
    {
        var figures = new SortedDictionary<string, object>(StringComparer.Ordinal);
        foreach (var shape in BenchmarkShape.All.Where(s => sizes.Contains(s.Name)))
        {
            // In a process of its own, and before this one takes memory.
            var beside = peer is null ? null : await peer.RunAsync(shape, work);
            using var model = Create(shape, options);
            var flops = peak ??= PeakFlops(model);
            figures["device"] = model.Device;
            figures["peak_tflops"] = Rounded(flops / 1e12);
            PolicyId[] policies = work.Full ? [model.Base] : [.. s_roles.Select(r => model.AddAdapter(r, new SeedKey(1, Task: r), Work.Lora))];

            var ours = new Rates(work.Rows * (work.Length / 2) / await RolloutSecondsAsync(model, policies, work), work.Rows * work.Length / TrainSeconds(model, policies, work));
            Report("", ours);
            if (beside is null) continue;
            Report("_pytorch", beside);
            figures[shape.Name + "_rollout_ratio"] = Rounded(ours.Rollout / beside.Rollout);
            figures[shape.Name + "_train_ratio"] = Rounded(ours.Train / beside.Train);

            void Report(string who, Rates rates)
            {
                figures[$"{shape.Name}{who}_rollout_tokens_per_s"] = Rounded(rates.Rollout);
                // Every new token comes with one of the prompt.
                figures[$"{shape.Name}{who}_rollout_utilisation"] = Rounded(shape.ForwardFlops(2 * rates.Rollout, work.Length) / flops);
                figures[$"{shape.Name}{who}_train_tokens_per_s"] = Rounded(rates.Train);
                // Frozen weights need no gradient of their own: forward and one of the two products of the way back.
                figures[$"{shape.Name}{who}_train_utilisation"] = Rounded((work.Full ? 3 : 2) * shape.ForwardFlops(rates.Train, work.Length) / flops);
            }
        }

        return figures;
    }

    private static LocalLanguageModel Create(BenchmarkShape shape, TorchModelOptions options) =>
        TorchLanguageModel.Create(new() { Id = "benchmark", Config = shape.Config, Tokenizer = BpeTrainer.Train(["a small vocabulary is enough here"], 280, MinimalChatTemplate.SpecialTokens, []), Template = new MinimalChatTemplate(), Seed = new SeedKey(1) }, options with { CacheMemory = 8L << 30, DefaultMaxOutputTokens = shape.Config.MaxPositions / 2, TokensPerMicroBatch = Work.TokensPerMicroBatch });

    private static async Task<double> RolloutSecondsAsync(LocalLanguageModel model, PolicyId[] policies, Work work)
    {
        var run = 0;
        return await MedianAsync(work.Steps, () =>
        {
            run++;
            return Task.WhenAll(Enumerable.Range(0, work.Rows).Select(i => model.Scheduler.Enqueue(new GenerationRequest
            {
                Policy = policies[i % policies.Length], PromptIds = Ids(model, 1000 * run + i, work.Length / 2), MaxTokens = work.Length / 2, Temperature = 1, Seed = i,
                StopIds = [], CancellationToken = CancellationToken.None,
            })));
        });
    }

    private static double TrainSeconds(LocalLanguageModel model, PolicyId[] policies, Work work)
    {
        var seconds = Enumerable.Range(0, work.Steps + 1).Select(step =>
        {
            var begin = Stopwatch.GetTimestamp();
            foreach (var (policy, share) in policies.Select((p, i) => (p, Rows(i)))) Step(policy, share, step);
            return Stopwatch.GetElapsedTime(begin).TotalSeconds;
        }).Skip(1).Order().ToList();
        return seconds[seconds.Count / 2];

        List<int> Rows(int role) => [.. Enumerable.Range(0, work.Rows).Where(i => i % policies.Length == role)];

        void Step(PolicyId policy, List<int> share, int step)
        {
            if (share.Count == 0) return;
            model.AccumulateAsync(policy, [.. share.Select(i => new TrainingRow { PromptIds = Ids(model, step + i, work.Length / 2), CompletionIds = Ids(model, step - i, work.Length / 2) })], new SumLoss()).GetAwaiter().GetResult();
            model.ApplyAsync(policy, new AdamWOptions { LearningRate = 1e-5 }).GetAwaiter().GetResult();
        }
    }

    private static int[] Ids(LocalLanguageModel model, int seed, int count)
    {
        var random = new SeedKey(seed).ToRandom();
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(3, model.Config.VocabularySize))];
    }

    // A device's data sheet says more, but is not always at hand.
    private static double PeakFlops(LocalLanguageModel model)
    {
        var device = model.Device.StartsWith("cpu", StringComparison.Ordinal) ? CPU : CUDA;
        return ComputeThread.Run(device, () => PeakFlops(model, device));
    }

    private static double PeakFlops(LocalLanguageModel model, Device device)
    {
        using var scope = NewDisposeScope();
        var n = device == CPU ? 1024 : 8192;
        var a = rand(n, n, device: device).to(model.Device.EndsWith("BFloat16", StringComparison.Ordinal) ? ScalarType.BFloat16 : ScalarType.Float32);
        var best = 0.0;
        for (var i = 0; i < 12; i++)
        {
            var begin = Stopwatch.GetTimestamp();
            using (var product = a.matmul(a))
            using (var corner = product.narrow(0, 0, 1).narrow(1, 0, 1).cpu())
                best = Math.Max(best, 2.0 * n * n * n / Stopwatch.GetElapsedTime(begin).TotalSeconds);
        }

        return best;
    }

    private static async Task<double> MedianAsync(int count, Func<Task> action)
    {
        await action();
        var seconds = new List<double>();
        for (var i = 0; i < count; i++)
        {
            var begin = Stopwatch.GetTimestamp();
            await action();
            seconds.Add(Stopwatch.GetElapsedTime(begin).TotalSeconds);
        }

        return seconds.Order().ElementAt(count / 2);
    }

    private static double Rounded(double value) => Math.Round(value, value < 10 ? 4 : 1);

    /// <summary>Next-token loss over all completion tokens.</summary>
    private sealed class SumLoss : ITokenLoss
    {
        public TokenLossResult Evaluate(IReadOnlyList<TrainingRow> rows, IReadOnlyList<TokenScores> scores, IReadOnlyList<TokenGradient> gradients)
        {
            foreach (var gradient in gradients) Array.Fill(gradient.LogProbs, -1e-3f);
            return new(-1e-3 * scores.Sum(s => s.LogProbs.Sum()), new Dictionary<string, double>());
        }
    }
}
