using System.Runtime.Intrinsics;

namespace AgentTeams.Models;

/// <summary>
/// The one log-softmax of the library. Sampling and training both call it, so that a recorded log-probability is the number
/// that training recomputes. Every sum has a fixed shape that depends on the vocabulary size only. A logit of -∞ is an id that
/// cannot be: its probability and its share of the entropy are 0. At least one logit must be finite.
/// </summary>
internal static class LogSoftmax
{
    /// <summary>The greatest logit and the logarithm of the partition function, both after division by the temperature.</summary>
    public static (float Max, float LogSum) Normalizer(ReadOnlySpan<float> logits, float inverseTemperature)
    {
        var max = Max(logits) * inverseTemperature;
        var scale = Vector256.Create(inverseTemperature);
        var shift = Vector256.Create(max);
        var sum = Vector256<float>.Zero;
        var i = 0;
        for (; i + 8 <= logits.Length; i += 8)
            sum += Vector256.Exp(Vector256.Create(logits.Slice(i, 8)) * scale - shift);
        if (i < logits.Length) sum += Vector256.Exp(Tail(logits[i..]) * scale - shift);
        return (max, MathF.Log(Sum(sum)));
    }

    /// <summary>The log-probability of one id; never above 0.</summary>
    public static float Of(ReadOnlySpan<float> logits, int id, float inverseTemperature)
    {
        var (max, logSum) = Normalizer(logits, inverseTemperature);
        return Math.Min(0f, logits[id] * inverseTemperature - max - logSum);
    }

    /// <summary>Fills the probabilities; returns the log-probability of one id and the entropy in nats.</summary>
    public static (float LogProb, float Entropy) Probabilities(ReadOnlySpan<float> logits, int id, float inverseTemperature, Span<float> probabilities)
    {
        var (max, logSum) = Normalizer(logits, inverseTemperature);
        var scale = Vector256.Create(inverseTemperature);
        var shift = Vector256.Create(max + logSum);
        // An id of probability 0 adds nothing to the entropy, but 0 · -∞ would be no number.
        var lowest = Vector256.Create(float.MinValue);
        var expected = Vector256<float>.Zero;
        var i = 0;
        for (; i + 8 <= logits.Length; i += 8)
        {
            var logProb = Vector256.Create(logits.Slice(i, 8)) * scale - shift;
            var p = Vector256.Exp(logProb);
            p.CopyTo(probabilities.Slice(i, 8));
            expected += p * Vector256.Max(logProb, lowest);
        }

        var entropy = -Sum(expected);
        for (; i < logits.Length; i++)
        {
            var logProb = logits[i] * inverseTemperature - (max + logSum);
            probabilities[i] = MathF.Exp(logProb);
            entropy -= probabilities[i] * Math.Max(logProb, float.MinValue);
        }

        return (Math.Min(0f, logits[id] * inverseTemperature - max - logSum), entropy);
    }

    /// <summary>Fills how likely each id is compared with the likeliest: e^((logit − max) / temperature), from 0 to 1.</summary>
    public static void Weights(ReadOnlySpan<float> logits, float max, float inverseTemperature, Span<float> weights)
    {
        var scale = Vector256.Create(inverseTemperature);
        var shift = Vector256.Create(max * inverseTemperature);
        var i = 0;
        for (; i + 8 <= logits.Length; i += 8)
            Vector256.Exp(Vector256.Create(logits.Slice(i, 8)) * scale - shift).CopyTo(weights.Slice(i, 8));
        for (; i < logits.Length; i++) weights[i] = MathF.Exp(logits[i] * inverseTemperature - max * inverseTemperature);
    }

    private static float Max(ReadOnlySpan<float> values)
    {
        var lanes = Vector256.Create(float.NegativeInfinity);
        var i = 0;
        for (; i + 8 <= values.Length; i += 8) lanes = Vector256.Max(lanes, Vector256.Create(values.Slice(i, 8)));
        var max = float.NegativeInfinity;
        for (var lane = 0; lane < 8; lane++) max = MathF.Max(max, lanes[lane]);
        for (; i < values.Length; i++) max = MathF.Max(max, values[i]);
        return max;
    }

    private static Vector256<float> Tail(ReadOnlySpan<float> rest)
    {
        Span<float> padded = stackalloc float[8];
        padded.Fill(float.NegativeInfinity);
        rest.CopyTo(padded);
        return Vector256.Create<float>(padded);
    }

    private static float Sum(Vector256<float> v) => Vector256.Sum(v);
}
