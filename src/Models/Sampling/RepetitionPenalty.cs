namespace AgentTeams.Models;

/// <summary>
/// The repetition penalty of Keskar et al. 2019 (CTRL, section 4.1): the logit of each id that occurred is divided by the penalty
/// when positive and multiplied by it otherwise, once, however often the id occurred.
/// </summary>
internal static class RepetitionPenalty
{
    public static void Apply(Span<float> logits, float penalty, ReadOnlySpan<int> promptIds, ReadOnlySpan<int> completionSoFar)
    {
        if (penalty == 1) return;
        var count = Occurred(logits.Length, promptIds, completionSoFar, out var ids);
        foreach (var id in ids.AsSpan(0, count)) logits[id] = logits[id] > 0 ? logits[id] / penalty : logits[id] * penalty;
    }

    /// <summary>How many distinct ids occurred, in order of occurrence; the array is valid until the thread samples again.</summary>
    public static int Occurred(int vocabularySize, ReadOnlySpan<int> promptIds, ReadOnlySpan<int> completionSoFar, out int[] ids)
    {
        var scratch = SamplingScratch.For(vocabularySize);
        ids = scratch.Ids;
        var count = Add(promptIds, vocabularySize, scratch, 0);
        count = Add(completionSoFar, vocabularySize, scratch, count);
        foreach (var id in ids.AsSpan(0, count)) scratch.Seen[id] = false;
        return count;
    }

    private static int Add(ReadOnlySpan<int> from, int vocabularySize, SamplingScratch scratch, int count)
    {
        foreach (var id in from)
        {
            if ((uint)id >= (uint)vocabularySize || scratch.Seen[id]) continue;
            scratch.Seen[id] = true;
            scratch.Ids[count++] = id;
        }

        return count;
    }
}
