using System.Diagnostics;

namespace AgentTeams.Benchmarks.Models;

/// <summary>Tokens per second of one model.</summary>
internal static class TokenRates
{
    public const int Prompt = 64;
    public const int Completion = 32;

    // No two measurements share a prompt, because the engine would remember it.
    private static readonly Random s_random = new(1);

    /// <summary>Training steps on the batch, clipping and AdamW included; the median of some, after one to warm up.</summary>
    public static (double TokensPerSecond, double FirstLoss) Train(BenchmarkModel benchmark, int steps)
    {
        var step = TrainingStep(benchmark);
        var first = step();
        var seconds = Enumerable.Range(0, steps).Select(_ => Seconds(step)).Order().ToList();
        return (benchmark.Batch.Sum(ids => ids.Length) / seconds[seconds.Count / 2], first);
    }

    /// <summary>Some of them in one go: seconds and tokens.</summary>
    public static (double Seconds, long Tokens) TrainFor(BenchmarkModel benchmark, int steps)
    {
        var step = TrainingStep(benchmark);
        return (Enumerable.Range(0, steps).Sum(_ => Seconds(step)), (long)steps * benchmark.Batch.Sum(ids => ids.Length));
    }

    private static Func<double> TrainingStep(BenchmarkModel benchmark)
    {
        var rows = benchmark.Batch.Select(ids => new TrainingRow { PromptIds = [ids[0]], CompletionIds = ids[1..] }).ToList();
        var loss = new NextTokenLoss(rows.Sum(r => r.CompletionIds.Length));
        return () =>
        {
            var model = benchmark.Model;
            var result = model.AccumulateAsync(model.Base, rows, loss).GetAwaiter().GetResult();
            model.ApplyAsync(model.Base, new AdamWOptions { LearningRate = 1e-4, WeightDecay = 0.01 }).GetAwaiter().GetResult();
            return result.Loss;
        };
    }

    private static double Seconds(Func<double> step)
    {
        var begin = Stopwatch.GetTimestamp();
        step();
        return Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    /// <summary>Greedy completions of distinct prompts, timed together with the prompts as the peer does; new tokens per second.</summary>
    public static async Task<double> DecodeAsync(BenchmarkModel benchmark, int batch, int prompt = Prompt, int completion = Completion)
    {
        await CompleteAsync(benchmark, Prompts(benchmark, batch, prompt), completion);
        var prompts = Prompts(benchmark, batch, prompt);
        var begin = Stopwatch.GetTimestamp();
        await CompleteAsync(benchmark, prompts, completion);
        return batch * completion / Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    /// <summary>The same, with what the prompts and what the new tokens take apart.</summary>
    public static async Task<Rates> RatesAsync(BenchmarkModel benchmark, int batch)
    {
        await CompleteAsync(benchmark, Prompts(benchmark, batch, Prompt), 2);
        return Rates.Of(batch, Prompt, Completion, await SecondsAsync(1), await SecondsAsync(Completion));

        // What new tokens take is the difference of two times, which for few of them would be short.
        async Task<double> SecondsAsync(int tokens)
        {
            var times = (7 + batch) / batch;
            var prompts = Enumerable.Range(0, times).Select(_ => Prompts(benchmark, batch, Prompt)).ToList();
            var begin = Stopwatch.GetTimestamp();
            foreach (var some in prompts) await CompleteAsync(benchmark, some, tokens);
            return Stopwatch.GetElapsedTime(begin).TotalSeconds / times;
        }
    }

    /// <summary>Prompt tokens per second.</summary>
    public static async Task<double> PrefillAsync(BenchmarkModel benchmark, int batch, int length)
    {
        var best = 0.0;
        for (var i = 0; i < 4; i++)
        {
            var prompts = Prompts(benchmark, batch, length);
            var begin = Stopwatch.GetTimestamp();
            await CompleteAsync(benchmark, prompts, 1);
            best = Math.Max(best, batch * length / Stopwatch.GetElapsedTime(begin).TotalSeconds);
        }

        return best;
    }

    /// <summary>How many times faster samples of one prompt are than as many of different prompts, completions included.</summary>
    public static async Task<double> PrefixSharingGainAsync(BenchmarkModel benchmark, int samples, int length)
    {
        List<double> gains = [];
        for (var i = 0; i < 5; i++)
        {
            var apart = await SecondsAsync(Prompts(benchmark, samples, length));
            var together = await SecondsAsync(Enumerable.Repeat(Prompts(benchmark, 1, length)[0], samples));
            gains.Add(apart / together);
        }

        return gains.Order().ElementAt(gains.Count / 2);

        async Task<double> SecondsAsync(IEnumerable<int[]> prompts)
        {
            var begin = Stopwatch.GetTimestamp();
            await CompleteAsync(benchmark, prompts, Completion);
            return Stopwatch.GetElapsedTime(begin).TotalSeconds;
        }
    }

    /// <summary>Decodes until the compiler has replaced its first, slow versions, which takes it a second or two.</summary>
    public static async Task WarmUpAsync(BenchmarkModel benchmark)
    {
        var warm = Stopwatch.StartNew();
        while (warm.ElapsedMilliseconds < 2000)
        {
            await DecodeAsync(benchmark, 1, Prompt, 4);
            await DecodeAsync(benchmark, 32, Prompt, 4);
        }
    }

    public static Task CompleteAsync(BenchmarkModel benchmark, IEnumerable<int[]> prompts, int tokens) => Task.WhenAll(prompts.Select(ids =>
        benchmark.Model.Scheduler.Enqueue(new GenerationRequest
        {
            Policy = benchmark.Model.Base, PromptIds = ids, MaxTokens = tokens, Temperature = 0, Seed = 0, StopIds = [], CancellationToken = CancellationToken.None,
        })));

    public static List<int[]> Prompts(BenchmarkModel benchmark, int count, int length) =>
        [.. Enumerable.Range(0, count).Select(_ => BenchmarkModel.RandomIds(s_random, length, benchmark.Model.Config.VocabularySize))];
}
