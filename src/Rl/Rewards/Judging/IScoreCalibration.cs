namespace AgentTeams.Rl;

/// <summary>Maps what a judge says to what it should have said. A pure function, fitted on labelled runs.</summary>
public interface IScoreCalibration
{
    /// <summary>The calibrated value of a score; finite for a finite score.</summary>
    double Apply(double score);
}

/// <summary>
/// A reward function whose values are calibrated: those of its own name, as a total is; others, as of single criteria, stay as they are.
/// </summary>
/// <param name="function">The function.</param>
/// <param name="calibration">Fitted to its values: <see cref="AffineCalibration"/>, <see cref="IsotonicCalibration"/> or your own.</param>
/// <example><code>new CalibratedReward(rubric, AffineCalibration.Fit(judged.Scores, judged.Labels))</code></example>
public sealed class CalibratedReward(IRewardFunction function, IScoreCalibration calibration) : IRewardFunction
{
    /// <summary>The function.</summary>
    public IRewardFunction Function => function;

    /// <summary>What its values are mapped by.</summary>
    public IScoreCalibration Calibration => calibration;

    /// <inheritdoc/>
    public string Name => function.Name;

    /// <inheritdoc/>
    public bool MayAbstain => function.MayAbstain;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Reward>> ScoreAsync(Trajectory trajectory, IReadOnlyList<Trajectory> group, CancellationToken cancellationToken = default)
    {
        var rewards = await function.ScoreAsync(trajectory, group, cancellationToken).ConfigureAwait(false);
        return [.. rewards.Select(r => r.Name == Name ? r with { Value = calibration.Apply(r.Value) } : r)];
    }
}

/// <summary>Checks of pairs that measures and fits have in common.</summary>
internal static class LabelledScores
{
    public static void Check(IReadOnlyList<double> scores, IReadOnlyList<double> labels, int least)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(labels);
        if (scores.Count != labels.Count) throw new AgentTeamsException($"There are {scores.Count} scores and {labels.Count} labels. Give one label for each score.");
        if (scores.Count < least) throw new AgentTeamsException($"There are {scores.Count} labelled scores. Give at least {least}.");
        if (scores.Concat(labels).Any(v => !double.IsFinite(v))) throw new AgentTeamsException("A score or a label is not finite. Give numbers only.");
    }
}
