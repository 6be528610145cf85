namespace AgentTeams.Models.Torch;

/// <summary>Random weights, the same as those of the CPU engine for the same seed.</summary>
internal static class RandomWeights
{
    /// <summary>
    /// Embeddings N(0, 0.02²), projections N(0, 1/inputs), those that write to the residual stream smaller by √(2 · layers)
    /// (Radford et al. 2019, section 2.3), norms 1, biases 0.
    /// </summary>
    public static void Fill(DecoderWeights weights, Random random)
    {
        foreach (var parameter in weights.Set.Parameters)
        {
            var values = new float[parameter.Count];
            if (parameter.Shape.Length == 1) Array.Fill(values, parameter.Name.EndsWith("bias", StringComparison.Ordinal) ? 0 : 1);
            else FillMatrix(values, parameter, weights.Config.Layers, random);
            TensorData.Set(parameter.Value, values);
        }
    }

    /// <summary>A is N(0, 1/inputs), B is 0, so that a new adapter changes nothing.</summary>
    public static void Fill(AdapterWeights adapter, Random random)
    {
        foreach (var parameter in adapter.Set.Parameters.Where(p => p.Name.EndsWith("lora_A.weight", StringComparison.Ordinal)))
        {
            var values = new float[parameter.Count];
            for (var i = 0; i < values.Length; i++) values[i] = (float)(Gaussian(random) / Math.Sqrt(parameter.Shape[1]));
            TensorData.Set(parameter.Value, values);
        }
    }

    private static void FillMatrix(float[] values, Parameter parameter, int layers, Random random)
    {
        var deviation = parameter.Name.Contains("proj", StringComparison.Ordinal) ? 1 / Math.Sqrt(parameter.Shape[1]) : 0.02;
        if (parameter.Name.EndsWith("o_proj.weight", StringComparison.Ordinal) || parameter.Name.EndsWith("down_proj.weight", StringComparison.Ordinal))
            deviation /= Math.Sqrt(2 * layers);
        for (var i = 0; i < values.Length; i++) values[i] = (float)(Gaussian(random) * deviation);
    }

    private static double Gaussian(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
