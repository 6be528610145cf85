namespace AgentTeams.Rl;

/// <summary>
/// Agent importance (DyLAN: Liu et al. 2023, section 3.3): the run's return starts at its last invocations and flows back along the graph, each passing on to those it read by how it
/// rated them. A rating is a reward of the name <see cref="Rating"/> on the node that is rated; without ratings all that were read share alike. An invocation earns its
/// importance times the return, so a layer's invocations share it, and with it learn from the return in proportion.
/// </summary>
public sealed record ImportanceCredit : ITrajectoryCredit
{
    /// <summary>The name of the rewards that are ratings; they are no part of the return. Ratings count from 0 up.</summary>
    /// <value><c>rating</c> by default.</value>
    public string Rating { get; init; } = "rating";

    /// <inheritdoc/>
    public IReadOnlyList<InvocationReturn> Assign(Trajectory trajectory)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        var total = Moments.Sum([.. trajectory.Rewards.Where(r => r.Name != Rating).Select(r => r.Weight * r.Value)]);
        int[] invocations = [.. Invocations.Of(trajectory)];
        var counted = invocations.ToHashSet();
        var index = Enumerable.Range(0, trajectory.Nodes.Length).ToDictionary(i => trajectory.Nodes[i].Id, StringComparer.Ordinal);
        var read = new Dictionary<int, HashSet<int>>();
        for (var i = 0; i < trajectory.Nodes.Length; i++)
        {
            // What a tool or function passes on was said by the roles before it.
            read[i] = [.. trajectory.Nodes[i].Parents.Select(p => index[p]).SelectMany(p => counted.Contains(p) ? [p] : read[p])];
        }

        var importance = new double[trajectory.Nodes.Length];
        var final = invocations.Where(i => !invocations.Any(j => read[j].Contains(i))).ToList();
        foreach (var i in final) importance[i] = 1.0 / final.Count;
        foreach (var i in invocations.Reverse())
        {
            var ratings = read[i].ToDictionary(p => p, p => RatingOf(trajectory, trajectory.Nodes[p].Id));
            var sum = ratings.Values.Sum();
            foreach (var (p, rating) in ratings) importance[p] += importance[i] * (sum == 0 ? 1.0 / ratings.Count : rating / sum);
        }

        return [.. invocations.Select(i => new InvocationReturn(trajectory, trajectory.Nodes[i], importance[i] * total))];
    }

    private double RatingOf(Trajectory trajectory, string node) =>
        Math.Max(0, trajectory.Rewards.Where(r => r.Name == Rating && r.Target.NodeId == node).Select(r => r.Weight * r.Value).DefaultIfEmpty(0).Average());
}
