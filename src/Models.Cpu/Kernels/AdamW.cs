using System.Runtime.Intrinsics;

namespace AgentTeams;

/// <summary>AdamW (Loshchilov and Hutter 2019, algorithm 2) in float32.</summary>
internal static unsafe class AdamW
{
    /// <summary>The L2 norm, summed in double precision in eight fixed lanes.</summary>
    public static double Norm(ReadOnlySpan<float> gradient)
    {
        Span<double> lanes = stackalloc double[8];
        lanes.Clear();
        for (var i = 0; i < gradient.Length; i++) lanes[i & 7] += (double)gradient[i] * gradient[i];
        var sum = 0.0;
        foreach (var lane in lanes) sum += lane;
        return Math.Sqrt(sum);
    }

    /// <summary>One update.</summary>
    /// <param name="weights">Updated in place.</param>
    /// <param name="gradient">The gradient before clipping.</param>
    /// <param name="first">First moments, updated in place.</param>
    /// <param name="second">Second moments, updated in place.</param>
    /// <param name="step">The hyper-parameters.</param>
    /// <param name="count">One-based number of this update, for bias correction.</param>
    /// <param name="clip">The factor that clipping puts on the gradient.</param>
    public static void Update(Span<float> weights, ReadOnlySpan<float> gradient, Span<float> first, Span<float> second, OptimizerStep step, long count, double clip)
    {
        var (b1, b2) = ((float)step.Beta1, (float)step.Beta2);
        var rate = (float)(step.LearningRate / (1 - Math.Pow(step.Beta1, count)));
        var root = (float)(1 / Math.Sqrt(1 - Math.Pow(step.Beta2, count)));
        var keep = (float)(1 - step.LearningRate * step.WeightDecay);
        var (factor, epsilon) = ((float)clip, (float)step.Epsilon);
        var i = 0;
        for (; i + 8 <= weights.Length; i += 8)
        {
            var g = Vector256.Create(gradient.Slice(i, 8)) * factor;
            var m = Vector256.Create<float>(first.Slice(i, 8)) * b1 + g * (1 - b1);
            var v = Vector256.Create<float>(second.Slice(i, 8)) * b2 + g * g * (1 - b2);
            var w = Vector256.Create<float>(weights.Slice(i, 8)) * keep - m * rate / (Vector256.Sqrt(v) * root + Vector256.Create(epsilon));
            m.CopyTo(first.Slice(i, 8));
            v.CopyTo(second.Slice(i, 8));
            w.CopyTo(weights.Slice(i, 8));
        }

        for (; i < weights.Length; i++)
        {
            var g = gradient[i] * factor;
            first[i] = first[i] * b1 + g * (1 - b1);
            second[i] = second[i] * b2 + g * g * (1 - b2);
            weights[i] = weights[i] * keep - first[i] * rate / (MathF.Sqrt(second[i]) * root + epsilon);
        }
    }
}
