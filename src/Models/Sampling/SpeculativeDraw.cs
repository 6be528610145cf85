namespace AgentTeams.Models;

/// <summary>
/// The two draws of speculative sampling (Leviathan et al. 2023, section 2.3 and appendix A.1). For a token x that was drawn from q, the accepted x and, where x is not accepted, the draw
/// from the residual together have the distribution p: min(p, q) + (1 - Σ min(p, q)) · max(0, p - q) / Σ max(0, p - q) = p.
/// </summary>
internal static class SpeculativeDraw
{
    /// <summary>Whether a drafted token is taken: with probability min(1, p / q).</summary>
    /// <param name="uniform">The number that decides, from 0 up to but not including 1.</param>
    /// <param name="p">The token's probability.</param>
    /// <param name="q">Its probability where the draft was drawn; above 0.</param>
    public static bool Accepts(double uniform, double p, double q) => uniform * q < p;

    /// <summary>The token in the place of one that was not taken: the first at which the cumulated residual exceeds a part of its sum.</summary>
    /// <param name="p">The probability of each id.</param>
    /// <param name="q">Its probability where the draft was drawn.</param>
    /// <param name="uniform">The part, from 0 up to but not including 1.</param>
    public static int Residual(ReadOnlySpan<double> p, ReadOnlySpan<double> q, double uniform)
    {
        var sum = 0.0;
        for (var i = 0; i < p.Length; i++) sum += Math.Max(0, p[i] - q[i]);
        // Equal up to rounding, nothing is left over; then any draw of p will do.
        if (!(sum > 0)) return First(p, [], uniform);
        return First(p, q, uniform * sum);
    }

    /// <summary>The probability of each id at a temperature; at temperature 0 all of it is with the likeliest.</summary>
    public static void Fill(ReadOnlySpan<float> logits, float temperature, Span<double> probabilities)
    {
        if (temperature <= 0)
        {
            probabilities.Clear();
            probabilities[Sampler.Sample(logits, temperature, 0, 0).Id] = 1;
            return;
        }

        var inverse = 1f / temperature;
        var max = double.NegativeInfinity;
        foreach (var logit in logits) max = Math.Max(max, logit);
        var sum = 0.0;
        for (var i = 0; i < logits.Length; i++) sum += probabilities[i] = Math.Exp((logits[i] - max) * inverse);
        for (var i = 0; i < logits.Length; i++) probabilities[i] /= sum;
    }

    private static int First(ReadOnlySpan<double> p, ReadOnlySpan<double> q, double left)
    {
        var last = 0;
        for (var i = 0; i < p.Length; i++)
        {
            var mass = Math.Max(0, p[i] - (q.IsEmpty ? 0 : q[i]));
            if (mass > 0) last = i;
            left -= mass;
            if (left < 0) break;
        }

        return last;
    }
}
