namespace AgentTeams.Models;

/// <summary>A frozen copy of a policy, as a KL reference. Disposing it releases its memory; the model's disposal does so too.</summary>
public interface ITokenScorer : IDisposable
{
    /// <summary>The scores of each row's completion tokens, in row order.</summary>
    Task<IReadOnlyList<TokenScores>> ScoreAsync(IReadOnlyList<TrainingRow> rows, CancellationToken cancellationToken = default);
}
