using System.Globalization;

namespace AgentTeams.Rl;

/// <summary>Watches the metrics of a training for signs that it is not well. It changes nothing that is learned.</summary>
/// <example>
/// <code>
/// var health = new TrainingHealth();
/// await foreach (var step in trainer.TrainAsync()) foreach (var warning in health.Check(step)) Console.WriteLine(warning.Message);
/// </code>
/// </example>
public sealed class TrainingHealth
{
    private readonly HealthOptions _options;
    private readonly Dictionary<string, List<double>> _history = new(StringComparer.Ordinal);

    /// <summary>Creates a watch.</summary>
    /// <param name="options">When it warns; null for every default.</param>
    /// <exception cref="AgentTeamsException">Options are out of range.</exception>
    public TrainingHealth(HealthOptions? options = null)
    {
        _options = options ?? new();
        OptionChecks.Validate(_options);
    }

    /// <summary>The signs that a step shows, beside what was seen before it.</summary>
    public IReadOnlyList<HealthWarning> Check(RlStep step)
    {
        ArgumentNullException.ThrowIfNull(step);
        List<HealthWarning> warnings = [.. Dead(step), .. Policies(step), .. Lengths(step), .. Hacking(step), .. Shares(step)];
        foreach (var (name, value) in step.Metrics)
        {
            if (!_history.TryGetValue(name, out var values)) _history[name] = values = [];
            values.Add(value);
        }

        return warnings;
    }

    private IEnumerable<HealthWarning> Dead(RlStep step)
    {
        if (step.Metrics.TryGetValue("frac_reward_zero_std", out var dead) && dead >= _options.DeadGroups)
        {
            yield return new(HealthSign.DeadGroups, "", Text($"{dead:P0} of the groups have no difference in reward, so they teach nothing. Choose harder or easier tasks (CurriculumSource), sample others in their place (DynamicSource), or give rewards for parts."));
        }
    }

    private IEnumerable<HealthWarning> Policies(RlStep step)
    {
        foreach (var policy in step.Updates.Keys.Select(p => p.ToString()))
        {
            if (Began($"{policy}/entropy") is { } entropy && step.Metrics.TryGetValue($"{policy}/entropy", out var now) && now < _options.EntropyLeft * entropy)
                yield return new(HealthSign.EntropyCollapse, policy, Text($"The entropy of '{policy}' fell from {entropy:0.000} to {now:0.000}; it hardly explores. Add an entropy coefficient, or clip higher."));
            if (step.Metrics.TryGetValue($"{policy}/grad_norm", out var norm) && Median($"{policy}/grad_norm") is { } usual && norm > _options.GradientSpike * usual)
            {
                var (run, turn) = Extreme(step, policy);
                yield return new(HealthSign.GradientSpike, policy, Text($"The gradient of '{policy}' has the norm {norm:0.###}, {norm / usual:0.0} times the usual. Look at run '{run}', whose reward is furthest from its group's."))
                {
                    TrajectoryId = run, Turn = turn,
                };
            }

            if (step.Metrics.TryGetValue($"{policy}/sampling/sampling_logp_difference/mean", out var drift) && drift > _options.LogProbDrift)
                yield return new(HealthSign.LogProbDrift, policy, Text($"What samples '{policy}' and what trains it differ by {drift:0.000} nats a token. Bound the staleness, or make the server load the newest weights."));
        }
    }

    private IEnumerable<HealthWarning> Lengths(RlStep step)
    {
        const string ending = "/completions/mean_length";
        foreach (var (name, length) in step.Metrics.Where(m => m.Key.EndsWith(ending, StringComparison.Ordinal)))
        {
            if (Began(name) is not { } first || length <= _options.LengthGrowth * first) continue;
            var role = name[..^ending.Length];
            var longest = step.Trajectories.SelectMany(t => t.Nodes.Where(n => n.Role == role && n.Tokens is not null).Select(n => (Run: t, Node: n))).DefaultIfEmpty().MaxBy(p => p.Node?.Tokens!.CompletionIds.Length ?? 0);
            yield return new(HealthSign.LengthGrowth, role, Text($"The completions of '{role}' grew from {first:0.0} to {length:0.0} tokens. Add a LengthReward or OverlongReward, and weigh tokens by LossAggregation.DrGrpo."))
            {
                TrajectoryId = longest.Run?.Id, Turn = longest.Node?.Turn,
            };
        }
    }

    private IEnumerable<HealthWarning> Hacking(RlStep step)
    {
        var outcome = $"rewards/{_options.Outcome}/mean";
        if (Change(step, outcome) is not { } fall || fall > -_options.RewardsApart) yield break;
        foreach (var name in step.Metrics.Keys.Where(k => k.StartsWith("rewards/", StringComparison.Ordinal) && k.EndsWith("/mean", StringComparison.Ordinal) && k != outcome))
        {
            if (Change(step, name) is { } rise && rise >= _options.RewardsApart)
                yield return new(HealthSign.RewardHacking, "", Text($"The reward '{name[8..^5]}' rises ({rise:+0.00} deviations) while '{_options.Outcome}' falls ({fall:0.00}): it may be played. Lower its weight, or make it a part of the outcome."));
        }
    }

    private IEnumerable<HealthWarning> Shares(RlStep step)
    {
        const string ending = "/gradient_share";
        foreach (var (name, share) in step.Metrics.Where(m => m.Key.EndsWith(ending, StringComparison.Ordinal) && m.Value > _options.GradientShare))
            yield return new(HealthSign.DominantRole, name[..^ending.Length], Text($"'{name[..^ending.Length]}' has {share:P0} of the gradient of the policy that it shares, so the others hardly learn. Set RlOptions.BalanceRoles, or give it an adapter of its own."));
    }

    private double? Began(string name) => _history.TryGetValue(name, out var values) && values.Count >= _options.Window ? values.Take(_options.Window).Average() : null;

    private double? Median(string name) => _history.TryGetValue(name, out var values) && values.Count >= _options.Window ? values.TakeLast(_options.Window).Order().ElementAt(_options.Window / 2) : null;

    // Between the first window and the last, in deviations of the first.
    private double? Change(RlStep step, string name)
    {
        if (!step.Metrics.TryGetValue(name, out var now) || !_history.TryGetValue(name, out var values) || values.Count < 2 * _options.Window - 1) return null;
        var last = (values.TakeLast(_options.Window - 1).Sum() + now) / _options.Window;
        var first = Moments.Of([.. values.Take(_options.Window)]);
        var deviation = _history.TryGetValue($"{name[..^5]}/std", out var within) ? within.Take(_options.Window).Average() : first.Std(VarianceDivisor.Unbiased);
        return deviation == 0 ? 0 : (last - first.Mean) / deviation;
    }

    private static (string? Run, int? Turn) Extreme(RlStep step, string policy)
    {
        var run = step.Trajectories.Where(t => t.Nodes.Any(n => n.Policy?.ToString() == policy)).GroupBy(t => t.GroupId, StringComparer.Ordinal)
            .SelectMany(g => g.Select(t => (Run: t, Far: Math.Abs(Totals.Of(t) - g.Average(Totals.Of))))).DefaultIfEmpty().MaxBy(p => p.Far).Run;
        return (run?.Id, run?.Nodes.LastOrDefault(n => n.Policy?.ToString() == policy)?.Turn);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
