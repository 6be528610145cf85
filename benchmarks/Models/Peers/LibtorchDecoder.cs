using static TorchSharp.torch;

namespace AgentTeams.Benchmarks.Models;

/// <summary>A Llama decoder in eager TorchSharp.</summary>
internal sealed class LibtorchDecoder : IDisposable
{
    private readonly ModelShape _shape;
    private readonly Dictionary<string, TorchSharp.Modules.Parameter> _weights;
    private readonly Tensor _cos;
    private readonly Tensor _sin;

    public LibtorchDecoder(IReadOnlyDictionary<string, SafeTensor> weights, ModelShape shape)
    {
        _shape = shape;
        _weights = weights.ToDictionary(w => w.Key, w => nn.Parameter(tensor(w.Value.Values, [.. w.Value.Shape.Select(n => (long)n)])));
        var head = shape.Hidden / shape.Heads;
        using var scope = NewDisposeScope();
        var frequencies = pow(shape.Config.RopeTheta, arange(0, head, 2, ScalarType.Float64) / -head);
        var angles = outer(arange(0, 4096, ScalarType.Float64), frequencies);
        var both = cat([angles, angles], 1);
        (_cos, _sin) = (both.cos().to(ScalarType.Float32).MoveToOuterDisposeScope().DetachFromDisposeScope(), both.sin().to(ScalarType.Float32).DetachFromDisposeScope());
    }

    public IEnumerable<TorchSharp.Modules.Parameter> Parameters => _weights.Values;

    /// <summary>Keys and values in memory that is allocated once, in the caller's scope.</summary>
    public Cache NewCache(int batch, int length)
    {
        return new([.. Enumerable.Range(0, _shape.Layers).Select(_ => (New(), New()))]);

        Tensor New() => empty(batch, _shape.KeyValueHeads, length, _shape.Hidden / _shape.Heads);
    }

    /// <summary>The logits of all positions, or with a cache of the last.</summary>
    public Tensor Forward(Tensor ids, Cache? cache)
    {
        var (b, t, past) = (ids.shape[0], ids.shape[1], cache?.Filled ?? 0);
        var x = W("model.embed_tokens.weight").index_select(0, ids.reshape(-1)).view(b, t, -1);
        var (cos, sin) = (_cos.narrow(0, past, t), _sin.narrow(0, past, t));
        for (var layer = 0; layer < _shape.Layers; layer++)
        {
            var p = $"model.layers.{layer}.";
            var h = Norm(x, p + "input_layernorm.weight");
            var q = Rotate(Heads(h, p + "self_attn.q_proj.weight", b, t, _shape.Heads), cos, sin);
            var k = Rotate(Heads(h, p + "self_attn.k_proj.weight", b, t, _shape.KeyValueHeads), cos, sin);
            var v = Heads(h, p + "self_attn.v_proj.weight", b, t, _shape.KeyValueHeads);
            if (cache is not null) (k, v) = cache.Add(layer, past, k, v);
            var groups = _shape.Heads / _shape.KeyValueHeads;
            (k, v) = (k.repeat_interleave(groups, 1), v.repeat_interleave(groups, 1));
            var a = nn.functional.scaled_dot_product_attention(q, k, v, is_casual: t > 1);
            x = x + nn.functional.linear(a.transpose(1, 2).reshape(b, t, -1), W(p + "self_attn.o_proj.weight"));
            h = Norm(x, p + "post_attention_layernorm.weight");
            x = x + nn.functional.linear(nn.functional.silu(nn.functional.linear(h, W(p + "mlp.gate_proj.weight"))) * nn.functional.linear(h, W(p + "mlp.up_proj.weight")), W(p + "mlp.down_proj.weight"));
        }

        if (cache is not null) cache.Filled += (int)t;
        if (cache is not null) x = x.narrow(1, t - 1, 1);
        return nn.functional.linear(Norm(x, "model.norm.weight"), W("model.embed_tokens.weight"));
    }

    public void Dispose()
    {
        foreach (var weight in _weights.Values) weight.Dispose();
        _cos.Dispose();
        _sin.Dispose();
    }

    private static Tensor Rotate(Tensor x, Tensor cos, Tensor sin)
    {
        var half = x.shape[3] / 2;
        return x * cos + cat([-x.narrow(3, half, half), x.narrow(3, 0, half)], 3) * sin;
    }

    private TorchSharp.Modules.Parameter W(string name) => _weights[name];

    private Tensor Norm(Tensor x, string weight) => x * rsqrt(x.square().mean([-1], keepdim: true) + _shape.Config.RmsNormEpsilon) * W(weight);

    private Tensor Heads(Tensor x, string weight, long b, long t, int heads) => nn.functional.linear(x, W(weight)).view(b, t, heads, -1).transpose(1, 2);

    /// <summary>Keys and values so far.</summary>
    internal sealed class Cache(IReadOnlyList<(Tensor Keys, Tensor Values)> layers)
    {
        public int Filled { get; set; }

        public (Tensor Keys, Tensor Values) Add(int layer, int past, Tensor k, Tensor v)
        {
            var (keys, values) = layers[layer];
            var t = k.shape[2];
            keys.narrow(2, past, t).copy_(k);
            values.narrow(2, past, t).copy_(v);
            return (keys.narrow(2, 0, past + t), values.narrow(2, 0, past + t));
        }
    }
}
