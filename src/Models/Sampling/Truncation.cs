namespace AgentTeams.Models;

/// <summary>
/// Which of the likely ids a token is drawn from. The three steps apply in this order, each to the renormalised distribution
/// that the one before left; among equal logits the smaller id counts as the more likely.
/// </summary>
/// <param name="TopK">The most ids that are kept; 0 keeps all.</param>
/// <param name="TopP">The smallest set of the most likely ids whose mass is at least this is kept (Holtzman et al. 2020); 1 keeps all.</param>
/// <param name="MinP">Ids at least this times as likely as the likeliest are kept (Nguyen et al. 2024); 0 keeps all.</param>
internal readonly record struct Truncation(int TopK, float TopP, float MinP)
{
    /// <summary>Keeps every id.</summary>
    public static Truncation None => new(0, 1, 0);

    /// <summary>Writes -∞ to every logit that is dropped.</summary>
    /// <param name="logits">The logits after everything that precedes truncation; -∞ for ids that cannot be.</param>
    /// <param name="inverseTemperature">1 / temperature.</param>
    /// <param name="scratch">Working memory.</param>
    /// <returns>The ids that are kept, ascending, valid until the scratch is used again; empty when none was dropped.</returns>
    public ReadOnlySpan<int> Apply(Span<float> logits, float inverseTemperature, SamplingScratch scratch)
    {
        var keys = scratch.Keys.AsSpan(0, logits.Length);
        var weights = scratch.Weights.AsSpan(0, logits.Length);
        var possible = 0;
        var max = float.NegativeInfinity;
        for (var id = 0; id < logits.Length; id++)
        {
            if (!(logits[id] > float.NegativeInfinity)) continue;
            keys[possible++] = Key(logits[id], id);
            max = Math.Max(max, logits[id]);
        }

        var kept = possible;
        if (TopK > 0 && TopK < kept) kept = MostLikely.Count(keys[..kept], default, TopK);
        if (TopP < 1 || MinP > 0) LogSoftmax.Weights(logits, max, inverseTemperature, weights);
        if (TopP < 1) kept = MostLikely.Count(keys[..kept], weights, TopP * Mass(keys[..kept], weights));
        if (MinP > 0) kept = KeepAbove(keys[..kept], weights, MinP);
        return kept == possible ? default : Keep(logits, keys[..kept], scratch);
    }

    // Ascending keys are descending logits, then ascending ids. Adding 0 makes -0 and 0 equal.
    private static ulong Key(float logit, int id)
    {
        var bits = BitConverter.SingleToInt32Bits(logit + 0f);
        var ascending = (uint)(bits ^ ((bits >> 31) | int.MinValue));
        return ((ulong)~ascending << 32) | (uint)id;
    }

    private static double Mass(ReadOnlySpan<ulong> keys, ReadOnlySpan<float> weights)
    {
        var mass = 0.0;
        foreach (var key in keys) mass += weights[(int)(uint)key];
        return mass;
    }

    // The likeliest id has weight 1, whatever was dropped.
    private static int KeepAbove(Span<ulong> keys, ReadOnlySpan<float> weights, float least)
    {
        var kept = 0;
        foreach (var key in keys)
        {
            if (weights[(int)(uint)key] >= least) keys[kept++] = key;
        }

        return kept;
    }

    private static ReadOnlySpan<int> Keep(Span<float> logits, ReadOnlySpan<ulong> keys, SamplingScratch scratch)
    {
        var survivors = scratch.Weights.AsSpan(0, logits.Length);
        survivors.Fill(float.NegativeInfinity);
        foreach (var key in keys) survivors[(int)(uint)key] = logits[(int)(uint)key];
        survivors.CopyTo(logits);
        var ids = scratch.Ids.AsSpan(0, keys.Length);
        var count = 0;
        for (var id = 0; id < logits.Length; id++)
        {
            if (logits[id] > float.NegativeInfinity) ids[count++] = id;
        }

        return ids;
    }
}
