namespace AgentTeams.Models;

/// <summary>What an adapter adds to one matrix (Hu et al. 2022, section 4): scale · B · A, row by row.</summary>
internal sealed class LowRankUpdate
{
    private readonly float[] _a, _b;
    private readonly float _scale;

    private LowRankUpdate(float[] a, float[] b, float scale) => (_a, _b, _scale) = (a, b, scale);

    /// <summary>An adapter's updates by the names of the tensors that they change, each read when it is asked for.</summary>
    public static Dictionary<string, Func<LowRankUpdate>> Of(IAdapterWeights adapter, ModelConfig config, string path)
    {
        var factors = adapter.Parameters.Export().ToDictionary(t => t.Name, StringComparer.Ordinal);
        var updates = new Dictionary<string, Func<LowRankUpdate>>(StringComparer.Ordinal);
        for (var layer = 0; layer < config.Layers; layer++)
        {
            foreach (var kind in ProjectionLayout.All)
            {
                var name = ProjectionLayout.PathOf(layer, kind);
                if (!factors.TryGetValue($"base_model.model.{name}.lora_A.weight", out var a)) continue;
                var (b, scale) = (factors[$"base_model.model.{name}.lora_B.weight"], (float)adapter.Options.ScaleOf(layer, kind));
                updates[name + ".weight"] = () => new(TensorRows.ReadAll(a, path), TensorRows.ReadAll(b, path), scale);
            }
        }

        return updates;
    }

    /// <summary>Changes a row as merging the adapter does, to the bit.</summary>
    public void Apply(int row, Span<float> values)
    {
        var rank = _a.Length / values.Length;
        for (var r = 0; r < rank; r++)
        {
            var factor = _scale * _b[row * rank + r];
            var from = _a.AsSpan(r * values.Length, values.Length);
            for (var i = 0; i < values.Length; i++) values[i] += factor * from[i];
        }
    }
}
