namespace AgentTeams.Rl;

/// <summary>
/// Counterfactual credit: for each invocation the run is run again with that one message resampled, everything else keeping its random numbers, and the
/// invocation earns the difference, return - mean return of its twins. The baseline depends on what the role was shown but not on what it said, so it is
/// unbiased (COMA: Foerster et al. 2018, section 4.1, with samples instead of a critic), and what other roles did by chance cancels. C3 (arXiv 2603.06859) replays fixed
/// contexts; here the run goes on from the changed message, on any graph. Use it with <see cref="RawAdvantage"/>, since it compares already.
/// </summary>
/// <remarks>A twin costs the calls from the changed message on; calls that are asked the same as in the run cost nothing.</remarks>
/// <example><code>RlOptions.Grpo with { Credit = new CounterfactualCredit { Twins = 2 }, Advantage = new RawAdvantage() }</code></example>
public sealed record CounterfactualCredit : ICreditAssigner, IChecked, INamesRoles
{
    /// <summary>How often each message is replaced.</summary>
    /// <value>At least 1; 1 by default.</value>
    public int Twins { get; init; } = 1;

    /// <summary>Whether a twin's own message is learned from too: it earns its return minus the mean of all its siblings. Costs nothing more.</summary>
    /// <value>True by default.</value>
    public bool LearnFromTwins { get; init; } = true;

    /// <summary>What stands for a message, by role; the role's own policy where it is null or names none.</summary>
    /// <value>Null by default. <see cref="CallChange.Ask"/> compares with a frozen base instead. Twins are learned from only where the role itself spoke again.</value>
    public Func<string, CallChange?>? Replacement { get; init; }

    /// <summary>The roles that are asked about; empty for all. Invocations of other roles earn nothing and are not learned from, so leave out only what is not trained.</summary>
    /// <value>Empty by default.</value>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<InvocationReturn>> AssignAsync(CreditContext batch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        OptionChecks.Validate(this);
        var asked = batch.Trajectories.SelectMany(t => Invocations.Of(t).Select(i => (Run: t, Node: t.Nodes[i])))
            .Where(c => Roles.Count == 0 || Roles.Contains(c.Node.Role)).ToList();
        var twins = await batch.ForkAsync([.. asked.SelectMany(c => Enumerable.Range(0, Twins).Select(k => ForkOf(c.Run, c.Node, k)))], cancellationToken).ConfigureAwait(false);
        var worth = await batch.WorthAsync([.. asked.Select(c => c.Run)], cancellationToken).ConfigureAwait(false);
        var returns = new List<InvocationReturn>();
        for (var c = 0; c < asked.Count; c++)
        {
            var (run, node) = asked[c];
            Trajectory[] siblings = [run, .. twins.Skip(c * Twins).Take(Twins)];
            double[] values = [worth[c], .. siblings.Skip(1).Select(Totals.Of)];
            returns.Add(new(run, node, LeaveOneOut(values, 0)));
            if (!LearnFromTwins || Change(node) != CallChange.Resample) continue;
            for (var k = 1; k < siblings.Length; k++)
            {
                if (siblings[k].Nodes.FirstOrDefault(n => n.Id == node.Id && !n.Inherited && n.Error is null) is { } own) returns.Add(new(siblings[k], own, LeaveOneOut(values, k)));
            }
        }

        return returns;
    }

    IEnumerable<string> INamesRoles.NamedRoles => Roles;

    void IChecked.Check(OptionChecks checks) => checks.AtLeast(1, Twins);

    private CallChange Change(TrajectoryNode node) => Replacement?.Invoke(node.Role!) ?? CallChange.Resample;

    private Fork ForkOf(Trajectory run, TrajectoryNode node, int sample) =>
        new() { Parent = run, Calls = new Dictionary<string, CallChange>(StringComparer.Ordinal) { [node.Id] = Change(node) }, Sample = sample };

    private static double LeaveOneOut(double[] values, int at) => values[at] - (Moments.Sum(values) - values[at]) / (values.Length - 1);
}
