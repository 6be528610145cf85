namespace AgentTeams.Rl;

/// <summary>One optimiser step of one policy.</summary>
internal static class PolicyUpdate
{
    /// <summary>Accumulates the gradient of all rows and applies it; a loss that is no number leaves weights and optimiser as they were.</summary>
    /// <remarks><c>beforeChange</c> is awaited between the two: others may read the weights until then.</remarks>
    public static async Task<(TokenLossResult Loss, OptimizerReport Report)> ApplyAsync(
        ITrainableModel model, PolicyId policy, IReadOnlyList<TrainingRow> rows, ITokenLoss loss, AdamWOptions optimizer, CancellationToken cancellationToken,
        Func<Task>? beforeChange = null)
    {
        try
        {
            var result = await model.AccumulateAsync(policy, rows, new FiniteLoss(loss), cancellationToken).ConfigureAwait(false);
            if (beforeChange is not null) await beforeChange().ConfigureAwait(false);
            return (result, await model.ApplyAsync(policy, optimizer, CancellationToken.None).ConfigureAwait(false));
        }
        catch
        {
            await model.DiscardGradientAsync(policy, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }
}
