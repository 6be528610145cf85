using System.Text;
using LLama;
using LLama.Common;
using LLama.Native;

namespace AgentTeams.Tests;

/// <summary>A GGUF file in llama.cpp, with float32 everywhere else too.</summary>
internal sealed class LlamaCpp : IDisposable
{
    private readonly LLamaWeights _weights;
    private readonly LLamaContext _context;

    public LlamaCpp(string path)
    {
        var options = new ModelParams(path) { ContextSize = 256, GpuLayerCount = 0, Threads = 1, BatchThreads = 1, FlashAttention = false, TypeK = GGMLType.GGML_TYPE_F32, TypeV = GGMLType.GGML_TYPE_F32 };
        _weights = LLamaWeights.LoadFromFile(options);
        _context = _weights.CreateContext(options);
    }

    public IReadOnlyDictionary<string, string> Metadata => _weights.Metadata;

    public LLamaWeights Weights => _weights;

    public static int[] Encode(LLamaWeights weights, string text, bool parseSpecial, bool addBegin = false) =>
        [.. weights.Tokenize(text, addBegin, parseSpecial, Encoding.UTF8).Select(t => (int)t)];

    /// <summary>The log-probabilities of all ids after each id.</summary>
    public float[][] LogProbs(IReadOnlyList<int> ids)
    {
        Decode(ids, 0);
        return [.. Enumerable.Range(0, ids.Count).Select(i => LogSoftmaxOf(_context.NativeHandle.GetLogitsIth(i)))];
    }

    /// <summary>The likeliest ids after a prompt, one after the other.</summary>
    public int[] Greedy(IReadOnlyList<int> prompt, int count)
    {
        Decode(prompt, 0);
        var (ids, last) = (new List<int>(), prompt.Count - 1);
        while (true)
        {
            var logits = _context.NativeHandle.GetLogitsIth(last);
            ids.Add(MostLikely(logits));
            if (ids.Count == count) return [.. ids];
            Decode([ids[^1]], prompt.Count + ids.Count - 1);
            last = 0;
        }
    }

    public void Dispose()
    {
        _context.Dispose();
        _weights.Dispose();
    }

    public static float[] LogSoftmaxOf(ReadOnlySpan<float> logits)
    {
        double max = logits[0], sum = 0;
        foreach (var logit in logits) max = Math.Max(max, logit);
        foreach (var logit in logits) sum += Math.Exp(logit - max);
        var result = new float[logits.Length];
        for (var i = 0; i < result.Length; i++) result[i] = (float)(logits[i] - max - Math.Log(sum));
        return result;
    }

    private static int MostLikely(ReadOnlySpan<float> logits)
    {
        var best = 0;
        for (var i = 1; i < logits.Length; i++)
        {
            if (logits[i] > logits[best]) best = i;
        }

        return best;
    }

    private void Decode(IReadOnlyList<int> ids, int position)
    {
        if (position == 0) _context.NativeHandle.MemoryClear();
        var batch = new LLamaBatch();
        for (var i = 0; i < ids.Count; i++) batch.Add((LLamaToken)ids[i], (LLamaPos)(position + i), LLamaSeqId.Zero, logits: true);
        Assert.Equal(DecodeResult.Ok, _context.Decode(batch));
    }
}
