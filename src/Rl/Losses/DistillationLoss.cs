namespace AgentTeams.Rl;

/// <summary>
/// On-policy distillation: the reverse divergence KL(policy || teacher) on what the policy itself wrote. With d = log p - log p_teacher, held and bounded, and
/// q = exp(log p - log p_behavior), a token of weight w comes to w i sg(clip(d, -Clip, Clip)) q, whose gradient is that of the divergence for tokens that were sampled from the policy
/// (Agarwal et al. 2024, "On-Policy Distillation of Language Models", with a divergence of its reverse kind; the single-sample form: Lu 2025). The teacher's log-probabilities are
/// <see cref="TrainingRow.ReferenceLogProbs"/>: <see cref="KlReference.From(TeamModels, ITokenScorer)"/> makes a teacher the reference. Advantages are not read.
/// </summary>
/// <remarks>
/// The gradient is not that of the value: d is held. Metrics, weighted sums: <c>kl</c> (d, unbounded), <c>entropy</c>, <c>weight</c>.
/// </remarks>
/// <example><code>RlOptions.Grpo with { Rewards = rewards, Loss = new DistillationLoss(), Reference = KlReference.From(models, teacher) }</code></example>
public sealed record DistillationLoss : ITokenLoss, IChecked
{
    /// <summary>The most that one token counts, in nats; a teacher may hold a token all but impossible.</summary>
    /// <value>Above 0, infinity for no bound; 10 by default.</value>
    public double Clip { get; init; } = 10;

    /// <inheritdoc/>
    public LossNeeds Needs => LossNeeds.Reference | LossNeeds.ZeroAdvantageRows;

    /// <inheritdoc/>
    /// <exception cref="AgentTeamsException">A row has no log-probabilities of the teacher.</exception>
    public TokenLossResult Evaluate(IReadOnlyList<TrainingRow> rows, IReadOnlyList<TokenScores> scores, IReadOnlyList<TokenGradient> gradients)
    {
        OptionChecks.Validate(this);
        double loss = 0, kl = 0, entropy = 0, weights = 0;
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            var logProbs = RowShape.Scores(row, scores[i].LogProbs);
            var teacher = RowShape.Required(row, row.ReferenceLogProbs, "reference log-probabilities", "score the row with the teacher");
            var behavior = RowShape.Optional(row, row.BehaviorLogProbs, "behaviour log-probabilities");
            var importance = RowShape.Optional(row, row.ImportanceWeights, "importance weights");
            for (var t = 0; t < logProbs.Length; t++)
            {
                double weight = RowShape.Weight(row, t);
                if (weight == 0) continue;
                var distance = (double)logProbs[t] - teacher[t];
                var ratio = behavior.Length == 0 ? 1 : Math.Exp((double)logProbs[t] - behavior[t]);
                var pushed = weight * (importance.Length == 0 ? 1 : importance[t]) * Math.Clamp(distance, -Clip, Clip) * ratio;
                loss += pushed;
                gradients[i].LogProbs[t] += (float)pushed;
                kl += weight * distance;
                entropy += weight * scores[i].Entropies[t];
                weights += weight;
            }
        }

        return new(loss, new Dictionary<string, double>(StringComparer.Ordinal) { ["kl"] = kl, ["entropy"] = entropy, ["weight"] = weights });
    }

    void IChecked.Check(OptionChecks checks) => checks.Require(Clip > 0, Clip, "a number above 0");
}
