namespace AgentTeams.Models;

/// <summary>
/// A loss as a function from log-probabilities to their gradient. It sees a model only through per-token scores, so it needs
/// no tensor code and every backend can push its gradient into weights. It is called while an engine computes, so it must not ask a
/// local model for anything.
/// </summary>
public interface ITokenLoss
{
    /// <summary>What a trainer must give the loss.</summary>
    /// <value><see cref="LossNeeds.ZeroAdvantageRows"/> unless overridden.</value>
    LossNeeds Needs => LossNeeds.ZeroAdvantageRows;

    /// <summary>
    /// Sees a whole update before it is split into micro-batches, and writes what the loss must know of it into its rows, for example which tokens it chose. What comes of
    /// the rows must not depend on how they are split afterwards.
    /// </summary>
    /// <param name="update">All rows of one update with their weights, also those that push nothing; they are not scored yet.</param>
    /// <returns>The rows in the same order; unless overridden, as they are.</returns>
    IReadOnlyList<TrainingRow> Prepare(IReadOnlyList<TrainingRow> update) => update;

    /// <summary>Adds the loss of a micro-batch and fills its gradient.</summary>
    /// <param name="rows">The rows; coupled ones are together.</param>
    /// <param name="scores">The scores of each row's completion tokens under the current weights.</param>
    /// <param name="gradients">To be filled: for each row, d loss / d score; all zero on entry.</param>
    /// <returns>The loss and its metrics, both summed over the micro-batch with the rows' weights.</returns>
    TokenLossResult Evaluate(IReadOnlyList<TrainingRow> rows, IReadOnlyList<TokenScores> scores, IReadOnlyList<TokenGradient> gradients);
}

/// <summary>What a model says of a row: one value for each completion token.</summary>
/// <param name="LogProbs">Natural-log probabilities at the row's temperature.</param>
/// <param name="Entropies">Entropies in nats of the distributions the tokens were drawn from, at the row's temperature.</param>
/// <param name="Values">A critic's values; empty for a model without a value head.</param>
public sealed record TokenScores(float[] LogProbs, float[] Entropies, float[] Values);

/// <summary>The gradient of a loss with respect to <see cref="TokenScores"/>.</summary>
/// <param name="LogProbs">d loss / d log-probability.</param>
/// <param name="Entropies">d loss / d entropy.</param>
/// <param name="Values">d loss / d value; empty for a model without a value head.</param>
public sealed record TokenGradient(float[] LogProbs, float[] Entropies, float[] Values);

/// <summary>A loss and the metrics that explain it.</summary>
/// <param name="Loss">The weighted sum over tokens.</param>
/// <param name="Metrics">Weighted sums by metric name; they add up over micro-batches.</param>
public sealed record TokenLossResult(double Loss, IReadOnlyDictionary<string, double> Metrics)
{
    /// <summary>No loss at all.</summary>
    public static TokenLossResult Zero { get; } = new(0, new Dictionary<string, double>());

    /// <summary>The sum of two results.</summary>
    public TokenLossResult Add(TokenLossResult other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var metrics = new Dictionary<string, double>(Metrics, StringComparer.Ordinal);
        foreach (var (name, value) in other.Metrics) metrics[name] = metrics.GetValueOrDefault(name) + value;
        return new(Loss + other.Loss, metrics);
    }
}
