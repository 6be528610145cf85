using System.Collections.Immutable;

namespace AgentTeams.Rl;

/// <summary>How a team is evaluated.</summary>
public sealed record EvaluationOptions : IChecked
{
    /// <summary>How often each task is run.</summary>
    /// <value>At least 1; 1 by default.</value>
    public int Samples { get; init; } = 1;

    /// <summary>Whether roles say what is likeliest instead of sampling.</summary>
    /// <value>Null by default: where each task is run once and its tasks are made from a workflow.</value>
    public bool? Greedy { get; init; }

    /// <summary>The k of pass@k and maj@k.</summary>
    /// <value>Each from 1 to <see cref="Samples"/>; 1 and <see cref="Samples"/> by default.</value>
    public ImmutableArray<int> K { get; init; } = [];

    /// <summary>The price of a model, by the id that its role is bound to.</summary>
    /// <value>Null by default: no costs are told.</value>
    public Func<string, TokenPrice>? Prices { get; init; }

    /// <summary>Where the runs are kept, and where those of an evaluation that was cut short are found again.</summary>
    /// <value>Nowhere by default.</value>
    public RolloutOptions Rollouts { get; init; } = new();

    /// <summary>The k, smallest first.</summary>
    internal IEnumerable<int> AllK => (K.IsEmpty ? [1, Samples] : K).Distinct().Order();

    void IChecked.Check(OptionChecks checks) => checks
        .AtLeast(1, Samples)
        .Require(AllK.All(k => k >= 1 && k <= Samples), string.Join(", ", AllK), $"numbers from 1 to Samples, {Samples}", nameof(K))
        .Part(Rollouts);
}
