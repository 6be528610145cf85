namespace AgentTeams.Rl;

/// <summary>One optimiser step of one policy.</summary>
internal static class PolicyUpdate
{
    /// <summary>Accumulates the gradient of all rows and applies it; a loss that is no number leaves weights and optimiser as they were.</summary>
    public static async Task<(TokenLossResult Loss, OptimizerReport Report)> ApplyAsync(
        ITrainableModel model, PolicyId policy, IReadOnlyList<TrainingRow> rows, ITokenLoss loss, AdamWOptions optimizer, CancellationToken cancellationToken)
    {
        try
        {
            var result = await model.AccumulateAsync(policy, rows, new FiniteLoss(loss), cancellationToken).ConfigureAwait(false);
            return (result, await model.ApplyAsync(policy, optimizer, CancellationToken.None).ConfigureAwait(false));
        }
        catch
        {
            await model.DiscardGradientAsync(policy, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }
}
