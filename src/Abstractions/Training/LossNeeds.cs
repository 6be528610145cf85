namespace AgentTeams.Models;

/// <summary>What a loss reads beyond the scores of a row, so that a trainer provides it, or refuses at once what it cannot. Values combine with '|'.</summary>
[Flags]
public enum LossNeeds
{
    /// <summary>Nothing; rows whose advantages are all 0 push nothing, and a trainer saves itself computing them.</summary>
    None = 0,

    /// <summary><see cref="TrainingRow.ReferenceLogProbs"/>: a trainer scores the rows with a frozen policy.</summary>
    Reference = 1,

    /// <summary><see cref="TokenScores.Values"/>: the policy needs a critic's head.</summary>
    Values = 2,

    /// <summary>Rows whose advantages are all 0, since something else in the loss pushes them: an entropy or KL term.</summary>
    ZeroAdvantageRows = 4,

    /// <summary>Rows of one <see cref="TrainingRow.Coupling"/> are judged together; a row without one has no place in the loss.</summary>
    Coupling = 8,

    /// <summary>
    /// <see cref="TrainingRow.MarginOffset"/> holds minus the policy's divergence from the reference, estimated for each update on replies to other questions; a trainer of preferences
    /// provides it.
    /// </summary>
    Divergence = 16,
}
