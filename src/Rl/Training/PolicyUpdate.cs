namespace AgentTeams.Rl;

/// <summary>One optimiser step of one policy.</summary>
internal static class PolicyUpdate
{
    /// <summary>Accumulates the gradient of all rows and applies it; a loss that is no number leaves weights and optimiser as they were.</summary>
    public static (TokenLossResult Loss, OptimizerReport Report) Apply(
        ITrainableModel model, PolicyId policy, IReadOnlyList<TrainingRow> rows, ITokenLoss loss, AdamWOptions step, CancellationToken cancellationToken)
    {
        try
        {
            var result = model.Accumulate(policy, rows, new FiniteLoss(loss), cancellationToken);
            return (result, model.Apply(policy, step));
        }
        catch
        {
            model.DiscardGradient(policy);
            throw;
        }
    }
}
