namespace AgentTeams.Rl;

/// <summary>
/// Every message is judged together with the messages of the other roles in all runs of the task (MAGRPO's cross mode: Liu et al. 2025, section 4): an invocation
/// earns the mean return over the teams that can be put together from the group, of which there are G^roles, at no model call. For roles that speak
/// without having read each other, in the same turn; a message put beside others that it would have reacted to is judged in a context that it was not written for.
/// </summary>
/// <remarks>CoMLRL sums the joint returns instead, so that advantages grow with G^(roles - 1); the mean is that sum divided by this number.</remarks>
public sealed record CrossCredit : ICreditAssigner, IChecked
{
    /// <summary>The most combinations that are judged for a group; where there are more, the returns of evenly chosen ones are averaged.</summary>
    /// <value>At least 1; 256 by default.</value>
    public int MaxCombinations { get; init; } = 256;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<InvocationReturn>> AssignAsync(CreditContext batch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        OptionChecks.Validate(this);
        var teams = batch.Trajectories.GroupBy(t => t.GroupId, StringComparer.Ordinal).SelectMany(g => Combine([.. g])).ToList();
        var mixed = teams.Where(t => t.Fork is not null).ToList();
        var runs = await batch.ForkAsync([.. mixed.Select(t => t.Fork!)], cancellationToken).ConfigureAwait(false);
        var worth = mixed.Zip(runs).ToDictionary(m => m.First, m => Totals.Of(m.Second));
        var whole = batch.Trajectories.Zip(await batch.WorthAsync(batch.Trajectories, cancellationToken).ConfigureAwait(false)).ToDictionary(w => w.First.Id, w => w.Second, StringComparer.Ordinal);
        var sums = new Dictionary<(string Run, string Role), (double Sum, int Count)>();
        foreach (var team in teams)
        {
            var value = team.Fork is null ? whole[team.Members[0].Run.Id] : worth[team];
            foreach (var (role, run) in team.Members)
            {
                var (sum, count) = sums.GetValueOrDefault((run.Id, role));
                sums[(run.Id, role)] = (sum + value, count + 1);
            }
        }

        return [.. batch.Trajectories.SelectMany(t => Invocations.Of(t).Select(i => t.Nodes[i]).Where(n => sums.ContainsKey((t.Id, n.Role!))).Select(n =>
        {
            var (sum, count) = sums[(t.Id, n.Role!)];
            return new InvocationReturn(t, n, sum / count);
        }))];
    }

    void IChecked.Check(OptionChecks checks) => checks.AtLeast(1, MaxCombinations);

    private IEnumerable<MixedTeam> Combine(Trajectory[] group)
    {
        string[] roles = [.. group.SelectMany(t => Invocations.Of(t).Select(i => t.Nodes[i].Role!)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        var all = Math.Pow(group.Length, roles.Length);
        var step = all <= MaxCombinations ? 1 : all / MaxCombinations;
        // The aligned teams are always among them, so that everyone is judged with those it spoke beside.
        foreach (var run in group) yield return new([.. roles.Select(r => (r, run))], null);
        for (var at = 0.0; at < all; at += step)
        {
            var rest = Math.Floor(at);
            var members = roles.Select(role =>
            {
                var chosen = (int)(rest % group.Length);
                rest = Math.Floor(rest / group.Length);
                return (Role: role, Run: group[chosen]);
            }).ToArray();
            if (members.All(m => m.Run == members[0].Run)) continue;
            yield return new(members, ForkOf(members));
        }
    }

    private static Fork ForkOf((string Role, Trajectory Run)[] members)
    {
        var parent = members[0].Run;
        var calls = new Dictionary<string, CallChange>(StringComparer.Ordinal);
        foreach (var (role, run) in members.Where(m => m.Run != parent))
        {
            foreach (var said in Invocations.Of(run).Select(i => run.Nodes[i]).Where(n => n.Role == role)) calls[said.Id] = CallChange.Say(run.Id, said);
        }

        return new() { Parent = parent, Calls = calls.Where(c => parent.Nodes.Any(n => n.Id == c.Key)).ToDictionary() };
    }

    private sealed record MixedTeam((string Role, Trajectory Run)[] Members, Fork? Fork);
}
