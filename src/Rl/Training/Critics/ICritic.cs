namespace AgentTeams.Rl;

/// <summary>
/// Estimates what will be earned from a state on. Without one of its own, a training with <see cref="GaeAdvantage"/> uses the value heads of the trained policies, each
/// reading what its role reads, and learns them with <see cref="LossNeeds.Values"/> of the loss.
/// </summary>
public interface ICritic
{
    /// <summary>The values of the states before each completion token.</summary>
    /// <param name="invocations">The invocations, each of which has a token trace.</param>
    /// <param name="cancellationToken">Ends the scoring.</param>
    /// <returns>For each invocation, one value for each completion token.</returns>
    Task<IReadOnlyList<IReadOnlyList<double>>> ValuesAsync(IReadOnlyList<InvocationReturn> invocations, CancellationToken cancellationToken = default);

    /// <summary>Learns from what was earned.</summary>
    /// <param name="invocations">The invocations that values were asked for.</param>
    /// <param name="returns">For each, what each value should have been.</param>
    /// <param name="cancellationToken">Ends the learning before anything is changed.</param>
    /// <returns>The mean squared error of the values before the update.</returns>
    Task<double> LearnAsync(IReadOnlyList<InvocationReturn> invocations, IReadOnlyList<double[]> returns, CancellationToken cancellationToken = default);
}
