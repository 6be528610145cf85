namespace AgentTeams.Models;

/// <summary>Random weights, drawn in the same order by all engines.</summary>
internal static class RandomWeights
{
    /// <summary>
    /// One tensor: embeddings N(0, 0.02²), projections N(0, 1/inputs), those that write to the residual stream smaller by
    /// √(2 · layers) (Radford et al. 2019, section 2.3), norms so that they multiply by 1, biases 0. Of an adapter, A is N(0, 1/inputs) and
    /// B is 0, so that it changes nothing at first.
    /// </summary>
    /// <param name="name">The tensor's Hugging Face or PEFT name.</param>
    /// <param name="shape">Its dimensions.</param>
    /// <param name="config">The shape of the model.</param>
    /// <param name="random">Where the draws come from.</param>
    /// <param name="values">Receives the values.</param>
    public static void Fill(string name, IReadOnlyList<int> shape, ModelConfig config, Random random, Span<float> values)
    {
        if (shape.Count == 1) values.Fill(EndsWith("bias") ? 0 : 1 - config.NormOffset);
        else if (EndsWith("lora_B.weight")) values.Clear();
        else
        {
            var deviation = name.Contains("proj", StringComparison.Ordinal) ? 1 / Math.Sqrt(shape[1]) : 0.02;
            if (EndsWith("o_proj.weight") || EndsWith("down_proj.weight")) deviation /= Math.Sqrt(2 * config.Layers);
            for (var i = 0; i < values.Length; i++) values[i] = (float)(Gaussian(random) * deviation);
        }

        bool EndsWith(string suffix) => name.EndsWith(suffix, StringComparison.Ordinal);
    }

    private static double Gaussian(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
