using System.Collections.Immutable;

namespace AgentTeams.Rl;

/// <summary>
/// Several losses of the same rows, each with its coefficient, in one pass through the model: an actor and its critic, or a preference loss and a likelihood that it keeps up.
/// </summary>
/// <remarks>Metrics are those of the parts, without coefficients; of a name that several parts report, the first one's.</remarks>
/// <example>
/// <code>
/// RlOptions.Grpo with { Advantage = new GaeAdvantage(), Loss = LossSum.Of(new PolicyGradientLoss(), new ValueLoss(), coefficient: 0.5) }
/// </code>
/// </example>
public sealed record LossSum : ITokenLoss, IChecked
{
    /// <summary>The losses.</summary>
    /// <value>At least one.</value>
    public required ImmutableArray<LossPart> Parts { get; init; }

    /// <inheritdoc/>
    public LossNeeds Needs => Parts.Aggregate(LossNeeds.None, (needs, p) => needs | p.Loss.Needs);

    /// <summary>A loss and a second one with a coefficient.</summary>
    /// <param name="first">The first, which counts once.</param>
    /// <param name="second">The second.</param>
    /// <param name="coefficient">How often the second counts; finite, 1 by default.</param>
    public static LossSum Of(ITokenLoss first, ITokenLoss second, double coefficient = 1) => new() { Parts = [new(first), new(second, coefficient)] };

    /// <inheritdoc/>
    public IReadOnlyList<TrainingRow> Prepare(IReadOnlyList<TrainingRow> update) => Parts.Aggregate(update, (rows, p) => p.Loss.Prepare(rows));

    /// <inheritdoc/>
    public TokenLossResult Evaluate(IReadOnlyList<TrainingRow> rows, IReadOnlyList<TokenScores> scores, IReadOnlyList<TokenGradient> gradients)
    {
        OptionChecks.Validate(this);
        var loss = 0.0;
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var (part, coefficient) in Parts)
        {
            TokenGradient[] own = [.. scores.Select(s => new TokenGradient(new float[s.LogProbs.Length], new float[s.Entropies.Length], new float[s.Values.Length]))];
            var result = part.Evaluate(rows, scores, own);
            loss += coefficient * result.Loss;
            for (var i = 0; i < own.Length; i++)
            {
                Add(gradients[i].LogProbs, own[i].LogProbs, coefficient);
                Add(gradients[i].Entropies, own[i].Entropies, coefficient);
                Add(gradients[i].Values, own[i].Values, coefficient);
            }

            foreach (var (name, value) in result.Metrics) metrics.TryAdd(name, value);
        }

        return new(loss, metrics);
    }

    void IChecked.Check(OptionChecks checks)
    {
        checks.RequireThat(!Parts.IsDefaultOrEmpty, "Parts is empty; give at least one loss.");
        for (var i = 0; !Parts.IsDefault && i < Parts.Length; i++)
        {
            checks.Require(double.IsFinite(Parts[i].Coefficient), Parts[i].Coefficient, "a finite number", $"Parts[{i}].Coefficient").Part(Parts[i].Loss, $"Parts[{i}].Loss");
        }
    }

    private static void Add(float[] gradients, float[] own, double coefficient)
    {
        for (var t = 0; t < own.Length; t++) gradients[t] += (float)(coefficient * own[t]);
    }
}

/// <summary>One loss of a sum.</summary>
/// <param name="Loss">The loss.</param>
/// <param name="Coefficient">How often it counts; finite, 1 by default.</param>
public sealed record LossPart(ITokenLoss Loss, double Coefficient = 1);
