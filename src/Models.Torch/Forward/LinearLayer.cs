namespace AgentTeams.Models.Torch;

/// <summary>A linear layer with the adapters that are on it: y = x · Wᵀ + b + scale · (x · Aᵀ) · Bᵀ.</summary>
internal sealed class LinearLayer(LayerWeights weights, int layer, ProjectionKind kind)
{
    /// <param name="x">[sequences, tokens, inputs].</param>
    /// <param name="adapters">The adapters of the sequences.</param>
    public Tensor Forward(Tensor x, IReadOnlyList<AdapterRows> adapters)
    {
        var (weight, bias) = weights[kind];
        var y = nn.functional.linear(x, weight.Value, bias?.Value);
        foreach (var rows in adapters)
        {
            if (rows.Adapter.At(layer, kind) is not { } pair) continue;
            // One adapter is the case of training, where nothing may be changed in place.
            if (rows.Count == x.shape[0]) return y.add(LowRank(x, pair), pair.Scale);
            y.narrow(0, rows.First, rows.Count).add_(LowRank(x.narrow(0, rows.First, rows.Count), pair), pair.Scale);
        }

        return y;
    }

    private static Tensor LowRank(Tensor x, LowRankPair pair) =>
        nn.functional.linear(nn.functional.linear(x, pair.A.Value.to(x.dtype)), pair.B.Value.to(x.dtype));
}
