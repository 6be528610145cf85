namespace AgentTeams.Models.Torch;

/// <summary>
/// AdamW (Loshchilov and Hutter 2019, algorithm 2) with clipping of the global gradient norm, by the formula of the CPU engine. All
/// parameters of a set are one tensor, so a step is as few kernels as a fused optimiser's.
/// </summary>
internal static class AdamW
{
    private const long SummedAtOnce = 1 << 24;

    /// <summary>One update of sets that are clipped together.</summary>
    /// <param name="sets">The sets; the first gives the version.</param>
    /// <param name="step">The hyper-parameters.</param>
    /// <param name="owner">How errors name them.</param>
    /// <exception cref="AgentTeamsException">The gradient is not finite; weights and optimiser state are left as they were.</exception>
    public static OptimizerReport Apply(IReadOnlyList<ParameterSet> sets, AdamWOptions step, string owner)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        foreach (var set in sets) set.EnsureTrainable();
        var norm = Math.Sqrt(sets.Sum(SumOfSquares));
        if (!double.IsFinite(norm))
        {
            foreach (var set in sets) set.ClearGradient();
            throw new NonFiniteGradientException(owner, norm);
        }

        // The small constant matches the usual implementation of norm clipping.
        var clip = Math.Min(1, step.MaxGradientNorm / (norm + 1e-6));
        foreach (var set in sets) Update(set, step, clip);
        return new(norm, sets[0].Updates);
    }

    private static double SumOfSquares(ParameterSet set)
    {
        var sum = 0.0;
        for (long from = 0; from < set.Count; from += SummedAtOnce)
        {
            using var scope = NewDisposeScope();
            var part = set.Gradients.narrow(0, from, Math.Min(SummedAtOnce, set.Count - from)).to(ScalarType.Float64);
            sum += (part * part).sum().item<double>();
        }

        return sum;
    }

    private static void Update(ParameterSet set, AdamWOptions step, double clip)
    {
        using var scope = NewDisposeScope();
        var count = set.OptimizerSteps + 1;
        var rate = step.LearningRate / (1 - Math.Pow(step.Beta1, count));
        var root = 1 / Math.Sqrt(1 - Math.Pow(step.Beta2, count));
        var (gradient, m, v) = (set.Gradients.mul_(clip), set.FirstMoments, set.SecondMoments);
        m.mul_(step.Beta1).add_(gradient, 1 - step.Beta1);
        v.mul_(step.Beta2).addcmul_(gradient, gradient, 1 - step.Beta2);
        if (step.WeightDecay != 0) set.Trained.mul_(1 - step.LearningRate * step.WeightDecay);
        set.Trained.addcdiv_(m, v.sqrt().mul_(root).add_(step.Epsilon), -rate);
        set.Updated();
    }
}
