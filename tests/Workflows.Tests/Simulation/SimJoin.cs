namespace AgentTeams.Tests.Simulation;

/// <summary>A branch that was taken, as it ends where nothing stops it.</summary>
internal sealed record SimArrival(int Index, SimPart Part, SimLog Log, SimScope Scope);

/// <summary>What a join comes to, by the table of the guide.</summary>
internal sealed record SimJoin(SimEnd End, IReadOnlyList<SimArrival> Winners, IReadOnlySet<string>? Faults = null)
{
    /// <param name="parallel">The node.</param>
    /// <param name="path">Where it stands.</param>
    /// <param name="branches">The branches that were taken.</param>
    /// <param name="taken">What the run decided; null where it did not.</param>
    public static SimJoin Decide(SimParallel parallel, string path, List<SimArrival> branches, IReadOnlyList<int>? taken)
    {
        var needed = parallel.Needed > 0 ? parallel.Needed : branches.Count;
        var done = Where(branches, SimEnd.Done);
        if (taken is not null)
        {
            var winners = done.Where(b => taken.Contains(b.Index)).ToList();
            if (winners.Count != needed || taken.Count != needed)
                throw new SimMismatchException($"the join at {path} took {string.Join(',', taken)} where {needed} of {string.Join(',', done.Select(d => d.Index))} may count");
            return new(SimEnd.Done, winners);
        }

        var (failed, waiting, unknown) = (Where(branches, SimEnd.Failed), Where(branches, SimEnd.Waiting).Count, Where(branches, SimEnd.Unknown).Count);
        var isTooFew = parallel.Needed > 0 ? done.Count + waiting + unknown < needed : failed.Count > 0;
        if (isTooFew) return new(SimEnd.Failed, [], failed.SelectMany(f => f.Part.Faults!).ToHashSet());
        if (unknown > 0 || done.Count > needed) return new(SimEnd.Unknown, []);
        return done.Count == needed ? new(SimEnd.Done, done) : new(SimEnd.Waiting, []);
    }

    private static List<SimArrival> Where(List<SimArrival> branches, SimEnd end) => [.. branches.Where(b => b.Part.End == end)];
}

/// <summary>The engine and the reference disagree.</summary>
internal sealed class SimMismatchException(string difference) : Exception(difference);
