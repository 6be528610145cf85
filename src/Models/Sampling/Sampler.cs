using System.Runtime.Intrinsics;

namespace AgentTeams.Models;

/// <summary>Draws one token from logits, never one of logit -∞. The draw depends on the seed, the position and the logits only.</summary>
internal static class Sampler
{
    /// <summary>Samples at a temperature, or takes the most likely id at temperature 0; ties go to the smaller id.</summary>
    public static (int Id, float LogProb) Sample(ReadOnlySpan<float> logits, float temperature, long seed, int position)
    {
        var drawn = Draw(logits, temperature, Uniform(seed, position));
        return (drawn.Id, drawn.LogProb);
    }

    /// <summary>Draws by a number from 0 up to but not including 1.</summary>
    public static DrawnToken Draw(ReadOnlySpan<float> logits, float temperature, double uniform)
    {
        if (temperature <= 0)
        {
            var best = Likeliest(logits);
            return new(best, LogSoftmax.Of(logits, best, 1f));
        }

        var inverse = 1f / temperature;
        var (max, logSum) = LogSoftmax.Normalizer(logits, inverse);
        var left = uniform;
        var last = 0;
        for (var i = 0; i < logits.Length; i++)
        {
            if (float.IsNegativeInfinity(logits[i])) continue;
            var p = Math.Exp((double)(logits[i] * inverse) - max - logSum);
            if (p > 0) last = i;
            left -= p;
            if (left < 0) break;
        }

        // Rounding can leave a remainder behind the last id; it belongs to the last id that has any probability.
        return new(last, LogSoftmax.Of(logits, last, inverse));
    }

    /// <summary>
    /// The number that decides a draw, from 0 up to but not including 1: SplitMix64 (Steele, Lea and Flood 2014), addressed by position instead of
    /// stepped.
    /// </summary>
    public static double Uniform(long seed, int position)
    {
        var z = (ulong)seed + (ulong)(position + 1) * 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
    }

    private static int Likeliest(ReadOnlySpan<float> logits)
    {
        var greatest = Vector256.Create(float.NegativeInfinity);
        var blocks = Vector256<int>.Zero;
        var i = 0;
        for (; i + 8 <= logits.Length; i += 8)
        {
            var values = Vector256.Create(logits.Slice(i, 8));
            var isGreater = Vector256.GreaterThan(values, greatest);
            greatest = Vector256.ConditionalSelect(isGreater, values, greatest);
            blocks = Vector256.ConditionalSelect(isGreater.AsInt32(), Vector256.Create(i), blocks);
        }

        var best = 0;
        for (var lane = 0; lane < 8; lane++) best = Better(logits, best, blocks[lane] + lane);
        for (; i < logits.Length; i++) best = Better(logits, best, i);
        return best;
    }

    // A lane that found nothing points at its first id, which may be beyond the end.
    private static int Better(ReadOnlySpan<float> logits, int best, int id) =>
        id < logits.Length && (logits[id] > logits[best] || (logits[id] == logits[best] && id < best)) ? id : best;
}
