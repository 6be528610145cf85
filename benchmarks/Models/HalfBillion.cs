using System.Diagnostics;

namespace AgentTeams.Benchmarks.Models;

/// <summary>A random checkpoint of the shape of Qwen2-0.5B in BF16: written, loaded, asked, and trained for one step of an adapter.</summary>
internal static class HalfBillion
{
    private static readonly ModelConfig s_config = new()
    {
        Family = ModelFamily.Qwen2, VocabularySize = 151_936, HiddenSize = 896, IntermediateSize = 4864, Layers = 24, Heads = 14, KeyValueHeads = 2, HeadSize = 64,
        MaxPositions = 32_768, RmsNormEpsilon = 1e-6f, RopeTheta = 1_000_000, TieWordEmbeddings = true, EndOfSequenceId = 2,
    };

    public static async Task<IReadOnlyDictionary<string, object>> MeasureAsync()
    {
        var directory = Directory.CreateTempSubdirectory("agentteams").FullName;
        try
        {
            Write(directory);
            var figures = new SortedDictionary<string, object>(StringComparer.Ordinal);
            var watch = Stopwatch.StartNew();
            using var benchmark = BenchmarkModel.FromFolder(directory, batch: 2, length: 128);
            Record("load");
            await TokenRates.CompleteAsync(benchmark, TokenRates.Prompts(benchmark, 1, 64), 32);
            Record("answer");
            var model = benchmark.Model;
            var policy = model.AddAdapter("adapter", new SeedKey(1));
            var rows = benchmark.Batch.Select(ids => new TrainingRow { PromptIds = [ids[0]], CompletionIds = ids[1..] }).ToList();
            figures["loss"] = model.AccumulateAsync(policy, rows, new NextTokenLoss(rows.Sum(r => r.CompletionIds.Length))).GetAwaiter().GetResult().Loss;
            model.ApplyAsync(policy, new AdamWOptions()).GetAwaiter().GetResult();
            Record("lora_step");
            return figures;

            void Record(string name)
            {
                figures[$"{name}_seconds"] = Math.Round(watch.Elapsed.TotalSeconds, 1);
                figures[$"{name}_peak_mib"] = Process.GetCurrentProcess().PeakWorkingSet64 >> 20;
                watch.Restart();
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static void Write(string directory)
    {
        s_config.Save(Path.Combine(directory, "config.json"));
        var random = new Random(1);
        CheckpointFolder.Write(directory, [.. new DecoderWeights(s_config, half: true).Parameters.Views.Select(view => new SafeTensorSource(view.Name, view.Shape, SafeTensorTypes.BFloat16, sink =>
        {
            var block = new float[view.Shape[^1]];
            for (var row = 0; row < view.Count / block.Length; row++)
            {
                for (var i = 0; i < block.Length; i++) block[i] = view.IsMatrix ? (random.NextSingle() - 0.5f) * 0.05f : 1;
                sink.Write(block);
            }
        }))], maxShardBytes: 512L << 20);
    }
}
