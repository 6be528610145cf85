namespace AgentTeams.Rl;

/// <summary>
/// Direct preference optimisation (Rafailov et al. 2023, equation 7). The margin D of a coupling is the sum over its better rows of log p - log p_ref, less that over its worse
/// rows; with h = Beta D the loss is -(1 - s) log sigmoid(h) - s log sigmoid(-h), s being <see cref="LabelSmoothing"/>. A coupling may hold the calls of several roles: then D is the joint
/// margin of the team (multi-agent DPO, MADPO of CoMLRL), and <see cref="TrainingRow.MarginOffset"/> adds what roles with policies of their own contribute.
/// </summary>
/// <remarks>
/// Metrics under TRL's names, sums weighted by couplings: <c>rewards/chosen</c> and <c>rewards/rejected</c> (Beta times each side's part of D), <c>rewards/margins</c>
/// (h), <c>rewards/accuracies</c> (h above 0), <c>logps/chosen</c>, <c>logps/rejected</c>, <c>weight</c>.
/// </remarks>
/// <example><code>new PreferenceTrainerOptions { Loss = new DpoLoss { Beta = 0.3 } }</code></example>
public sealed record DpoLoss : ITokenLoss, IChecked
{
    /// <summary>How strongly the reference holds: the larger, the nearer the policy stays.</summary>
    /// <value>Positive; 0.1 by default.</value>
    public double Beta { get; init; } = 0.1;

    /// <summary>What becomes of a margin.</summary>
    /// <value><see cref="PreferenceForm.Sigmoid"/> by default.</value>
    public PreferenceForm Form { get; init; } = PreferenceForm.Sigmoid;

    /// <summary>The chance that a pair is the wrong way round (cDPO: Mitchell 2023); for <see cref="PreferenceForm.Sigmoid"/>.</summary>
    /// <value>0 to below 0.5; 0 by default.</value>
    public double LabelSmoothing { get; init; }

    /// <inheritdoc/>
    public LossNeeds Needs => LossNeeds.Reference | LossNeeds.Coupling | LossNeeds.ZeroAdvantageRows;

    /// <inheritdoc/>
    /// <exception cref="AgentTeamsException">A row lacks a coupling, a reference or a side.</exception>
    public TokenLossResult Evaluate(IReadOnlyList<TrainingRow> rows, IReadOnlyList<TokenScores> scores, IReadOnlyList<TokenGradient> gradients)
    {
        OptionChecks.Validate(this);
        var sums = new PreferenceSums();
        foreach (var margin in PreferenceMargin.Of(rows, scores, needsCoupling: true))
        {
            var (loss, derivative) = Of(margin.Value);
            sums.Add(margin, loss, Beta);
            margin.Push(rows, gradients, derivative);
        }

        return sums.ToResult();
    }

    void IChecked.Check(OptionChecks checks) => checks
        .Positive(Beta)
        .Require(LabelSmoothing is >= 0 and < 0.5, LabelSmoothing, "a number of at least 0 and below 0.5")
        .RequireThat(LabelSmoothing == 0 || Form == PreferenceForm.Sigmoid, "LabelSmoothing is for the form Sigmoid; give 0.");

    private (double Loss, double Derivative) Of(double margin)
    {
        var h = Beta * margin;
        switch (Form)
        {
            case PreferenceForm.Hinge:
                return h >= 1 ? (0, 0) : (1 - h, -Beta);
            case PreferenceForm.Ipo:
                var distance = margin - 1 / (2 * Beta);
                return (distance * distance, 2 * distance);
            default:
                var loss = (1 - LabelSmoothing) * Logistic.SoftPlus(-h) + LabelSmoothing * Logistic.SoftPlus(h);
                return (loss, Beta * (LabelSmoothing * Logistic.Sigmoid(h) - (1 - LabelSmoothing) * Logistic.Sigmoid(-h)));
        }
    }
}

/// <summary>What a preference loss makes of a margin D, with h = beta D.</summary>
public enum PreferenceForm
{
    /// <summary>-log sigmoid(h) (Rafailov et al. 2023).</summary>
    Sigmoid,

    /// <summary>max(0, 1 - h) (SLiC: Zhao et al. 2023, on the margin of DPO).</summary>
    Hinge,

    /// <summary>(D - 1 / (2 beta))^2: the margin has an end (IPO: Azar et al. 2024, equation 17). D is that of whole replies, as in the paper; TRL takes means over tokens.</summary>
    Ipo,
}
