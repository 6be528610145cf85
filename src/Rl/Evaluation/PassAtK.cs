namespace AgentTeams.Rl;

/// <summary>Success over several samples of a task.</summary>
public static class PassAtK
{
    /// <summary>
    /// The unbiased estimate of the probability that at least one of k samples succeeds: 1 - C(n-c, k) / C(n, k), computed as a
    /// product (Chen et al. 2021, equation 1).
    /// </summary>
    /// <param name="samples">n, the samples drawn; at least 1.</param>
    /// <param name="correct">c, those that succeeded; 0 to n.</param>
    /// <param name="k">How many samples a user would draw; 1 to n.</param>
    /// <exception cref="AgentTeamsException">A number is out of range.</exception>
    public static double Unbiased(int samples, int correct, int k)
    {
        if (correct < 0 || correct > samples || k < 1 || k > samples)
            throw new AgentTeamsException($"pass@{k} of {correct} correct in {samples} samples is undefined. Draw at least k samples, with 0 to n correct.");
        if (samples - correct < k) return 1;
        var fail = 1.0;
        for (var i = samples - correct + 1; i <= samples; i++) fail *= 1 - (double)k / i;
        return 1 - fail;
    }

    /// <summary>avg@n: the mean success of n samples, which is pass@1.</summary>
    /// <param name="samples">n, the samples drawn; at least 1.</param>
    /// <param name="correct">c, those that succeeded; 0 to n.</param>
    /// <exception cref="AgentTeamsException">A number is out of range.</exception>
    public static double Average(int samples, int correct) => Unbiased(samples, correct, 1);
}
