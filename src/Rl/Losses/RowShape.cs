namespace AgentTeams.Rl;

/// <summary>Reads the optional per-token arrays of a row.</summary>
internal static class RowShape
{
    public static float Weight(TrainingRow row, int token) => row.Weights.Length == 0 ? 1 : row.Weights[token];

    public static float[] Scores(TrainingRow row, float[] logProbs) => Required(row, logProbs, "scores", "the model must score every completion token");

    /// <summary>The values, one for each completion token.</summary>
    public static float[] Required(TrainingRow row, float[] values, string what, string fix) => values.Length == row.CompletionIds.Length
        ? values
        : throw new AgentTeamsException($"The row of node '{row.NodeId}' (role '{row.Role}', trajectory '{row.TrajectoryId}') has {values.Length} {what} "
            + $"for {row.CompletionIds.Length} completion ids; {fix}.");

    /// <summary>The values, one for each completion token, or none at all.</summary>
    public static float[] Optional(TrainingRow row, float[] values, string what) =>
        values.Length == 0 ? values : Required(row, values, what, "give one for each, or none");
}
