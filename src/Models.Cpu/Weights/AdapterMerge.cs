namespace AgentTeams.Models;

/// <summary>Adds an adapter to the weights below it, or takes it off again (Hu et al. 2022, section 4): W ± scale · B · A.</summary>
internal static class AdapterMerge
{
    /// <summary>Changes the weights of every projection that the adapter targets; they must be float32.</summary>
    /// <param name="weights">Changed in place.</param>
    /// <param name="adapter">The adapter.</param>
    /// <param name="sign">1 to add it, -1 to take it off.</param>
    public static void Apply(DecoderWeights weights, AdapterWeights adapter, int sign)
    {
        weights.Parameters.MarkChanged();
        for (var layer = 0; layer < weights.Layers.Count; layer++)
        {
            foreach (var kind in Enum.GetValues<ProjectionKind>())
            {
                if (adapter.At(layer, kind) is not { } pair) continue;
                var weight = weights.Parameters.ValuesOf(weights.Layers[layer][kind].Weight);
                var a = adapter.Parameters.ValuesOf(pair.A.Weight);
                var b = adapter.Parameters.ValuesOf(pair.B.Weight);
                for (var output = 0; output < pair.B.Outputs; output++)
                {
                    for (var r = 0; r < pair.Rank; r++)
                        AddScaled(weight.Slice(output * pair.A.Inputs, pair.A.Inputs), a.Slice(r * pair.A.Inputs, pair.A.Inputs),
                            sign * pair.Scale * b[output * pair.Rank + r]);
                }
            }
        }
    }

    private static void AddScaled(Span<float> to, ReadOnlySpan<float> from, float factor)
    {
        for (var i = 0; i < to.Length; i++) to[i] += factor * from[i];
    }
}
