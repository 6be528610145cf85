namespace AgentTeams.Rl;

/// <summary>Reads the optional per-token arrays of a row.</summary>
internal static class RowShape
{
    public static float Weight(TrainingRow row, int token) => IsMasked(row, token) ? 0 : row.Weights.Length == 0 ? 1 : row.Weights[token];

    /// <summary>Whether a token is none of the role's own.</summary>
    public static bool IsMasked(TrainingRow row, int token) => row.Mask.Length != 0 && !row.Mask[token];

    /// <exception cref="AgentTeamsException">The mask belongs to another completion.</exception>
    public static void EnsureMask(TrainingRow row)
    {
        if (row.Mask.Length != 0 && row.Mask.Length != row.CompletionIds.Length)
            throw new AgentTeamsException($"The row of node '{row.NodeId}' (role '{row.Role}', trajectory '{row.TrajectoryId}') has a mask of {row.Mask.Length} "
                + $"for {row.CompletionIds.Length} completion ids; give one for each, or none.");
    }

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
