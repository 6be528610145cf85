using System.Numerics;

namespace AgentTeams.Rl;

/// <summary>
/// Shapley values of the roles (Shapley 1953): what a role adds to the return, on average over all orders in which roles can join the team. A role that has not joined
/// is answered for by a baseline. Exact for up to <see cref="ExactRoles"/> roles (2^n coalitions for each run), otherwise from sampled orders. The values of a run's roles sum
/// to its return minus that of a team of baselines; each invocation of a role earns the role's value.
/// </summary>
public sealed record ShapleyCredit : ICreditAssigner, IChecked
{
    /// <summary>Answers for a role that has not joined.</summary>
    /// <value><see cref="CallChange.Resample"/> for every role by default; <see cref="CallChange.Ask"/> for a frozen base.</value>
    public Func<string, CallChange> Baseline { get; init; } = _ => CallChange.Resample;

    /// <summary>Up to how many roles every coalition is run.</summary>
    /// <value>1 to 10; 4 by default.</value>
    public int ExactRoles { get; init; } = 4;

    /// <summary>How many orders are sampled where there are more roles; each runs a coalition for each role.</summary>
    /// <value>At least 1; 8 by default.</value>
    public int Orders { get; init; } = 8;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<InvocationReturn>> AssignAsync(CreditContext batch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        OptionChecks.Validate(this);
        var plans = batch.Trajectories.Select(Plan.Of).ToList();
        var coalitions = plans.ConvertAll(p => p.Coalitions(this).ToList());
        var runs = await batch.ForkAsync([.. plans.Zip(coalitions).SelectMany(p => p.Second.Select(s => ForkOf(p.First, s)))], cancellationToken).ConfigureAwait(false);
        var whole = await batch.WorthAsync([.. plans.Select(p => p.Run)], cancellationToken).ConfigureAwait(false);
        var returns = new List<InvocationReturn>();
        var at = 0;
        for (var p = 0; p < plans.Count; p++)
        {
            var worth = coalitions[p].ToDictionary(s => s, _ => Totals.Of(runs[at++]));
            worth[plans[p].Everyone] = whole[p];
            var values = plans[p].Values(worth, this);
            returns.AddRange(Invocations.Of(plans[p].Run).Select(i => plans[p].Run.Nodes[i]).Select(n => new InvocationReturn(plans[p].Run, n, values[n.Role!])));
        }

        return returns;
    }

    void IChecked.Check(OptionChecks checks) => checks.Within(1, 10, ExactRoles).AtLeast(1, Orders);

    private Fork ForkOf(Plan plan, uint coalition) => new()
    {
        Parent = plan.Run,
        Roles = plan.Roles.Where((_, i) => (coalition & (1u << i)) == 0).ToDictionary(r => r, Baseline, StringComparer.Ordinal),
    };

    /// <summary>The coalitions of one run; bit i stands for role i.</summary>
    private sealed record Plan(Trajectory Run, string[] Roles)
    {
        public uint Everyone => (1u << Roles.Length) - 1;

        public static Plan Of(Trajectory run)
        {
            string[] roles = [.. Invocations.Of(run).Select(i => run.Nodes[i].Role!).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
            return roles.Length <= 31 ? new(run, roles) : throw new AgentTeamsException($"The trajectory '{run.Id}' has {roles.Length} roles; Shapley values are for up to 31.");
        }

        public IEnumerable<uint> Coalitions(ShapleyCredit options) => Roles.Length <= options.ExactRoles
            ? Enumerable.Range(0, (int)Everyone).Select(s => (uint)s)
            : Orders(options).SelectMany(Prefixes).Distinct().Where(s => s != Everyone);

        public Dictionary<string, double> Values(Dictionary<uint, double> worth, ShapleyCredit options) => Enumerable.Range(0, Roles.Length).ToDictionary(i => Roles[i], i =>
            Roles.Length <= options.ExactRoles
                ? worth.Keys.Where(s => (s & (1u << i)) == 0).Sum(s => Weight(BitOperations.PopCount(s)) * (worth[s | (1u << i)] - worth[s]))
                : Orders(options).Average(order => worth[Prefixes(order).First(s => (s & (1u << i)) != 0)] - worth[Prefixes(order).Last(s => (s & (1u << i)) == 0)]),
            StringComparer.Ordinal);

        // |S|! (n - |S| - 1)! / n!
        private double Weight(int size)
        {
            var weight = 1.0 / Roles.Length;
            for (var k = 1; k <= size; k++) weight *= (double)k / (Roles.Length - k);
            return weight;
        }

        private IEnumerable<int[]> Orders(ShapleyCredit options)
        {
            var random = new SeedKey(0, "shapley", Task: Run.Id).ToRandom();
            for (var o = 0; o < options.Orders; o++)
            {
                int[] order = [.. Enumerable.Range(0, Roles.Length)];
                random.Shuffle(order);
                yield return order;
            }
        }

        private static IEnumerable<uint> Prefixes(int[] order)
        {
            var coalition = 0u;
            yield return coalition;
            foreach (var role in order) yield return coalition |= 1u << role;
        }
    }
}
