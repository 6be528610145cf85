namespace AgentTeams.Benchmarks.Models;

/// <summary>A model that is driven by token ids, with the batch that it is trained on.</summary>
internal sealed class BenchmarkModel : IDisposable
{
    private static readonly Tokenizer s_tokenizer = BpeTrainer.Train(["a small vocabulary is enough here"], 280, MinimalChatTemplate.SpecialTokens, []);
    private readonly IReadOnlyList<int[]> _batch;

    private BenchmarkModel(DecoderWeights weights, IReadOnlyList<int[]> batch, double? peerLoss)
    {
        Model = CpuLanguageModel.FromWeights("benchmark", weights, s_tokenizer, new MinimalChatTemplate(), new CpuModelOptions { TokensPerMicroBatch = 4096 });
        (_batch, PeerLoss) = (batch, peerLoss);
    }

    public LocalLanguageModel Model { get; }

    /// <summary>The peer's loss on the same weights and tokens, or null without a peer.</summary>
    public double? PeerLoss { get; }

    public IReadOnlyList<int[]> Batch => _batch;

    public static BenchmarkModel Random(ModelShape shape, WeightFormat sampled = WeightFormat.Stored)
    {
        var weights = new DecoderWeights(shape.Config, sampled: sampled);
        var random = new Random(1);
        weights.Randomize(random);
        return new BenchmarkModel(weights, [.. Enumerable.Range(0, shape.Batch).Select(_ => RandomIds(random, shape.Length, shape.Vocabulary))], null);
    }

    /// <summary>The model of a Hugging Face folder, with random tokens to train on.</summary>
    public static BenchmarkModel FromFolder(string directory, int batch, int length)
    {
        var weights = CpuEngine.ReadWeights(directory, CheckpointFolder.DefaultFile);
        var random = new Random(1);
        return new BenchmarkModel(weights, [.. Enumerable.Range(0, batch).Select(_ => RandomIds(random, length, weights.Config.VocabularySize))], null);
    }

    /// <summary>What the peer's <c>dump</c> wrote: a Hugging Face folder, the batch, and the loss.</summary>
    public static BenchmarkModel FromDump(string directory)
    {
        var dump = SafeTensors.Read(Path.Combine(directory, "bench.safetensors"));
        var ids = dump["input_ids"];
        var batch = ids.Values.Chunk(ids.Shape[1]).Select(row => Array.ConvertAll(row, v => (int)v)).ToList();
        return new BenchmarkModel(CpuEngine.ReadWeights(directory, "model.safetensors"), batch, dump["loss"].Values[0]);
    }

    public static int[] RandomIds(Random random, int count, int vocabulary) => [.. Enumerable.Range(0, count).Select(_ => random.Next(3, vocabulary))];

    public void Dispose() => Model.Dispose();
}
