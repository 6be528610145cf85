using System.Runtime.Intrinsics;

namespace AgentTeams.Models;

/// <summary>AdamW (Loshchilov and Hutter 2019, algorithm 2) in float32, in parts of parameters.</summary>
/// <param name="parameters">What is updated.</param>
internal sealed class AdamW(ParameterSet parameters) : IParallelWork
{
    private const int PartSize = 1 << 16;
    private readonly double[] _squares = new double[(parameters.Count + PartSize - 1) / PartSize];
    private AdamWOptions? _step;
    private long _count;
    private double _clip;

    /// <summary>One update of sets that are clipped together.</summary>
    /// <param name="sets">The sets; the first gives the version.</param>
    /// <param name="options">The hyper-parameters.</param>
    /// <param name="owner">How errors name them.</param>
    /// <param name="pool">Computes.</param>
    /// <exception cref="NonFiniteGradientException">The gradient is not finite; weights and optimiser state are left as they were.</exception>
    public static OptimizerReport Apply(IReadOnlyList<ParameterSet> sets, AdamWOptions options, string owner, WorkerPool pool)
    {
        foreach (var set in sets) set.EnsureTrainable();
        AdamW[] optimizers = [.. sets.Select(s => new AdamW(s))];
        var norm = optimizers.Select(o => o.GradientNorm(pool)).Aggregate(double.Hypot);
        if (!double.IsFinite(norm))
        {
            foreach (var set in sets) set.ClearGradients();
            throw new NonFiniteGradientException(owner, norm);
        }

        // The small constant matches the usual implementation of norm clipping.
        var clip = Math.Min(1, options.MaxGradientNorm / (norm + 1e-6));
        for (var i = 0; i < sets.Count; i++)
        {
            optimizers[i].Update(options, sets[i].OptimizerSteps + 1, clip, pool);
            sets[i].Updated();
        }

        return new(norm, sets[0].Updates);
    }

    /// <summary>The L2 norm of the gradient, summed in double precision in parts and lanes that depend on the number of parameters only.</summary>
    private double GradientNorm(WorkerPool pool)
    {
        _step = null;
        pool.Run(this, _squares.Length);
        var sum = 0.0;
        foreach (var square in _squares) sum += square;
        return Math.Sqrt(sum);
    }

    /// <summary>One update.</summary>
    /// <param name="step">The hyper-parameters.</param>
    /// <param name="count">One-based number of this update, for bias correction.</param>
    /// <param name="clip">The factor that clipping puts on the gradient.</param>
    /// <param name="pool">Computes.</param>
    private void Update(AdamWOptions step, long count, double clip, WorkerPool pool)
    {
        (_step, _count, _clip) = (step, count, clip);
        pool.Run(this, _squares.Length);
    }

    public void Execute(int part)
    {
        using var _ = WorkClock.Measure(WorkKind.Optimizer);
        var from = (long)part * PartSize;
        var size = (int)Math.Min(PartSize, parameters.Count - from);
        var gradient = parameters.GradientsAt(from, size);
        if (_step is null) _squares[part] = SumOfSquares(gradient);
        else Update(parameters.ValuesAt(from, size), gradient, parameters.FirstMoments.Slice(from, size), parameters.SecondMoments.Slice(from, size), _step);
    }

    private static double SumOfSquares(ReadOnlySpan<float> values)
    {
        Vector256<double> low = default, high = default;
        var i = 0;
        for (; i + 8 <= values.Length; i += 8)
        {
            var (a, b) = Vector256.Widen(Vector256.Create(values.Slice(i, 8)));
            low += a * a;
            high += b * b;
        }

        var sum = Vector256.Sum(low + high);
        for (; i < values.Length; i++) sum += (double)values[i] * values[i];
        return sum;
    }

    private void Update(Span<float> weights, ReadOnlySpan<float> gradient, Span<float> m1, Span<float> m2, AdamWOptions step)
    {
        var (b1, b2) = ((float)step.Beta1, (float)step.Beta2);
        var rate = (float)(step.LearningRate / (1 - Math.Pow(step.Beta1, _count)));
        var root = (float)(1 / Math.Sqrt(1 - Math.Pow(step.Beta2, _count)));
        var keep = (float)(1 - step.LearningRate * step.WeightDecay);
        var (factor, epsilon) = ((float)_clip, (float)step.Epsilon);
        var i = 0;
        for (; i + 8 <= weights.Length; i += 8)
        {
            var g = Vector256.Create(gradient.Slice(i, 8)) * factor;
            var m = Vector256.Create<float>(m1.Slice(i, 8)) * b1 + g * (1 - b1);
            var v = Vector256.Create<float>(m2.Slice(i, 8)) * b2 + g * g * (1 - b2);
            var w = Vector256.Create<float>(weights.Slice(i, 8)) * keep - m * rate / (Vector256.Sqrt(v) * root + Vector256.Create(epsilon));
            m.CopyTo(m1.Slice(i, 8));
            v.CopyTo(m2.Slice(i, 8));
            w.CopyTo(weights.Slice(i, 8));
        }

        for (; i < weights.Length; i++)
        {
            var g = gradient[i] * factor;
            m1[i] = m1[i] * b1 + g * (1 - b1);
            m2[i] = m2[i] * b2 + g * g * (1 - b2);
            weights[i] = weights[i] * keep - m1[i] * rate / (MathF.Sqrt(m2[i]) * root + epsilon);
        }
    }
}
