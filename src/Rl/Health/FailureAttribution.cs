namespace AgentTeams.Rl;

/// <summary>
/// Which message a failure hangs on: each call of a failed run is replaced by other answers of the same role, everything else keeping its random numbers, and
/// what turns the run into a success is named. A run that no single message saves is not among the findings of its calls.
/// </summary>
public static class FailureAttribution
{
    /// <summary>Asks of each failed run which call would have saved it.</summary>
    /// <param name="runs">Rewarded runs; those that reach <paramref name="successAt"/> are passed over.</param>
    /// <param name="forks">Runs what would have been.</param>
    /// <param name="rewards">Judges it.</param>
    /// <param name="successAt">The total reward from which a run counts as a success; 1 by default.</param>
    /// <param name="tries">How many other answers are tried for each call; at least 1, 4 by default.</param>
    /// <param name="cancellationToken">Ends the runs.</param>
    /// <returns>The calls that save some run, those that do so most often first.</returns>
    /// <exception cref="AgentTeamsException">There is less than one try, or a run cannot be run again.</exception>
    public static async Task<IReadOnlyList<FailurePoint>> FindAsync(IEnumerable<Trajectory> runs, IForkRunner forks, RewardComposer rewards, double successAt = 1, int tries = 4,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(runs);
        if (tries < 1) throw new AgentTeamsException($"Failures are to be attributed with {tries} tries. Give at least 1.");
        var asked = runs.Where(t => !t.Rewards.IsEmpty && Totals.Of(t) < successAt).SelectMany(t => Invocations.Of(t).Select(i => (Run: t, Node: t.Nodes[i]))).ToList();
        var twins = await new CreditContext([], forks, rewards).ForkAsync([.. asked.SelectMany(c => Enumerable.Range(0, tries).Select(k => new Fork
        {
            Parent = c.Run, Calls = new Dictionary<string, CallChange>(StringComparer.Ordinal) { [c.Node.Id] = CallChange.Resample }, Sample = k,
        }))], cancellationToken).ConfigureAwait(false);
        return [.. asked.Select((c, i) => (Call: c, Saved: twins.Skip(i * tries).Take(tries).Where(t => Totals.Of(t) >= successAt).ToList()))
            .Where(f => f.Saved.Count > 0)
            .Select(f => new FailurePoint(f.Call.Run, f.Call.Node, (double)f.Saved.Count / tries, f.Saved[0].Nodes.FirstOrDefault(n => n.Id == f.Call.Node.Id)?.Text ?? ""))
            .OrderByDescending(f => f.Saves)];
    }
}

/// <summary>A call that a failure hangs on.</summary>
/// <param name="Trajectory">The run that failed.</param>
/// <param name="Node">The call: its role, turn and text.</param>
/// <param name="Saves">The part of the other answers with which the run succeeds, above 0, at most 1.</param>
/// <param name="Better">One of these answers.</param>
public sealed record FailurePoint(Trajectory Trajectory, TrajectoryNode Node, double Saves, string Better)
{
    /// <summary>Who, when and how often, in one line.</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture,
        $"'{Node.Role}' in turn {Node.Turn} of '{Trajectory.Id}' said '{Node.Text}'; {Saves:P0} of its other answers, for example '{Better}', would have saved the run");
}
