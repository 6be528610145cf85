using System.Diagnostics;
using LLama;
using LLama.Common;
using LLama.Native;

namespace AgentTeams.Benchmarks.Models;

/// <summary>llama.cpp in this process, on a GGUF file of the same weights, with float32 weights and cache.</summary>
internal sealed class LlamaPeer : IPeer
{
    private readonly LLamaWeights _weights;
    private readonly ModelParams _options;
    private readonly ModelShape _shape;
    private readonly Random _random = new(2);

    public LlamaPeer(BenchmarkModel model, ModelShape shape, string folder, int threads)
    {
        var path = Path.Combine(folder, "model.gguf");
        model.Model.ExportGguf(path, new() { Type = GgufType.F32 });
        NativeLogConfig.llama_log_set((_, _) => { });
        _shape = shape;
        _options = new(path) { GpuLayerCount = 0, Threads = threads, BatchThreads = threads, TypeK = GGMLType.GGML_TYPE_F32, TypeV = GGMLType.GGML_TYPE_F32, BatchSize = 2048, UBatchSize = 2048 };
        _weights = LLamaWeights.LoadFromFile(_options);
    }

    public string Name => "llama";

    public string Version => $"llama.cpp (LLamaSharp {FileVersionInfo.GetVersionInfo(typeof(LLamaWeights).Assembly.Location).ProductVersion}), {_options.Threads} threads";

    public double? FirstLoss => null;

    public double? Train() => null;

    public Rates Decode(int batch)
    {
        var context = _options with { ContextSize = (uint)(batch * (TokenRates.Prompt + TokenRates.Completion)), SeqMax = (uint)batch };
        using var opened = _weights.CreateContext(context);
        Complete(opened, batch, 2);
        var prompts = Seconds(() => Complete(opened, batch, 1));
        return Rates.Of(batch, TokenRates.Prompt, TokenRates.Completion, prompts, Seconds(() => Complete(opened, batch, TokenRates.Completion)));
    }

    public void Dispose() => _weights.Dispose();

    private static double Seconds(Action work)
    {
        var begin = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    private void Complete(LLamaContext context, int batch, int tokens)
    {
        context.NativeHandle.MemoryClear();
        var next = new int[batch];
        // As many prompts in one pass as its batch holds.
        var together = Math.Max(1, 2048 / TokenRates.Prompt);
        for (var first = 0; first < batch; first += together)
        {
            var pass = new LLamaBatch();
            var count = Math.Min(together, batch - first);
            for (var s = 0; s < count; s++)
            {
                var ids = BenchmarkModel.RandomIds(_random, TokenRates.Prompt, _shape.Vocabulary);
                for (var i = 0; i < ids.Length; i++) pass.Add(ids[i], i, (LLamaSeqId)(first + s), i == ids.Length - 1);
            }

            Require(context.NativeHandle.Decode(pass));
            for (var s = 0; s < count; s++) next[first + s] = Likeliest(context.NativeHandle.GetLogitsIth((s + 1) * TokenRates.Prompt - 1));
        }

        for (var token = 1; token < tokens; token++)
        {
            var pass = new LLamaBatch();
            for (var s = 0; s < batch; s++) pass.Add(next[s], TokenRates.Prompt + token - 1, (LLamaSeqId)s, true);
            Require(context.NativeHandle.Decode(pass));
            for (var s = 0; s < batch; s++) next[s] = Likeliest(context.NativeHandle.GetLogitsIth(s));
        }
    }

    private static void Require(DecodeResult result)
    {
        if (result != DecodeResult.Ok) throw new AgentTeamsException($"llama.cpp answered {result}.");
    }

    private static int Likeliest(ReadOnlySpan<float> logits) => System.Numerics.Tensors.TensorPrimitives.IndexOfMax(logits);
}
