namespace AgentTeams.Samples.WordProblems;

/// <summary>Keeps test questions out of training, since a model that remembers them has not solved them.</summary>
internal static class DuplicateFilter
{
    /// <summary>Removes the training problems whose normalised question is also a test question.</summary>
    /// <param name="training">The problems to train on.</param>
    /// <param name="test">The problems to test on.</param>
    /// <returns>The training problems that remain, in their order, and how many were removed.</returns>
    public static (IReadOnlyList<Problem> Kept, int Dropped) Apply(IReadOnlyList<Problem> training, IEnumerable<Problem> test)
    {
        var asked = test.Select(p => p.NormalizedQuestion).ToHashSet(StringComparer.Ordinal);
        IReadOnlyList<Problem> kept = [.. training.Where(p => !asked.Contains(p.NormalizedQuestion))];
        return (kept, training.Count - kept.Count);
    }
}
