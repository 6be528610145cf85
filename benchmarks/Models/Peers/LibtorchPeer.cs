using System.Diagnostics;
using static TorchSharp.torch;

namespace AgentTeams.Benchmarks.Models;

/// <summary>libtorch in this process, eager, as its users write a decoder: fused attention, fused loss, AdamW over all parameters.</summary>
internal sealed class LibtorchPeer : IPeer
{
    private readonly LibtorchDecoder _decoder;
    private readonly ModelShape _shape;
    private readonly Tensor _ids;
    private readonly Random _random = new(2);
    private readonly optim.Optimizer _optimizer;

    public LibtorchPeer(BenchmarkModel model, ModelShape shape, string folder, int threads)
    {
        set_num_threads(threads);
        _shape = shape;
        var saved = Path.Combine(folder, "torch");
        model.Model.SavePretrained(saved);
        _decoder = new(SafeTensors.Read(Path.Combine(saved, "model.safetensors")), shape);
        _ids = tensor(model.Batch.SelectMany(row => row.Select(id => (long)id)).ToArray(), [shape.Batch, shape.Length]);
        _optimizer = optim.AdamW(_decoder.Parameters, 1e-4, weight_decay: 0.01);
        FirstLoss = Step();
    }

    public string Name => "libtorch";

    public string Version => $"libtorch {__version__}, {get_num_threads()} threads";

    public double? FirstLoss { get; }

    public double? Train()
    {
        Step();
        var seconds = Enumerable.Range(0, 5).Select(_ => Seconds(() => Step())).Order().ToList();
        return _shape.Batch * _shape.Length / seconds[2];
    }

    public Rates Decode(int batch)
    {
        Complete(batch, 2);
        return Rates.Of(batch, TokenRates.Prompt, TokenRates.Completion, Seconds(() => Complete(batch, 1)), Seconds(() => Complete(batch, TokenRates.Completion)));
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _ids.Dispose();
        _decoder.Dispose();
    }

    private static double Seconds(Action work)
    {
        var begin = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    private double Step()
    {
        using var scope = NewDisposeScope();
        _optimizer.zero_grad();
        var logits = _decoder.Forward(_ids.narrow(1, 0, _shape.Length - 1), null);
        var loss = nn.functional.cross_entropy(logits.reshape(-1, _shape.Vocabulary), _ids.narrow(1, 1, _shape.Length - 1).reshape(-1));
        loss.backward();
        nn.utils.clip_grad_norm_(_decoder.Parameters, 1.0);
        _optimizer.step();
        return loss.item<float>();
    }

    private void Complete(int batch, int tokens)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var cache = _decoder.NewCache(batch, TokenRates.Prompt + TokenRates.Completion);
        var ids = tensor(Enumerable.Range(0, batch).SelectMany(_ => BenchmarkModel.RandomIds(_random, TokenRates.Prompt, _shape.Vocabulary).Select(id => (long)id)).ToArray(), [batch, TokenRates.Prompt]);
        for (var token = 0; token < tokens; token++)
        {
            using var pass = NewDisposeScope();
            ids = _decoder.Forward(ids, cache).argmax(-1).MoveToOuterDisposeScope();
        }
    }
}
