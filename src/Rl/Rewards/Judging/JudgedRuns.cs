using System.Collections.Immutable;

namespace AgentTeams.Rl;

/// <summary>A run whose true value somebody knows.</summary>
/// <param name="Trajectory">The run.</param>
/// <param name="Label">Its value, on the scale that the calibrated reward is to have; finite.</param>
public sealed record LabelledRun(Trajectory Trajectory, double Label);

/// <summary>What a reward function says of labelled runs, beside their labels: what its agreement is measured on, and a calibration fitted to.</summary>
/// <example>
/// <code>
/// var judged = await JudgedRuns.OfAsync(rubric, labelled);
/// Console.WriteLine(judged.Agreement());
/// var reward = new CalibratedReward(rubric, IsotonicCalibration.Fit(judged.Scores, judged.Labels));
/// </code>
/// </example>
public sealed record JudgedRuns
{
    private JudgedRuns(ImmutableArray<double> scores, ImmutableArray<double> labels) => (Scores, Labels) = (scores, labels);

    /// <summary>What the function said, one for each run that it judged.</summary>
    public ImmutableArray<double> Scores { get; }

    /// <summary>The labels of the same runs.</summary>
    public ImmutableArray<double> Labels { get; }

    /// <summary>Judges labelled runs. Those of which the function says nothing are left out; several rewards of its name are averaged.</summary>
    /// <param name="function">The function, for example a <see cref="RubricReward"/>; it is asked for one run after the other.</param>
    /// <param name="runs">The runs; those of a group see each other.</param>
    /// <param name="cancellationToken">Ends the judging.</param>
    /// <exception cref="AgentTeamsException">A label is not finite.</exception>
    public static async Task<JudgedRuns> OfAsync(IRewardFunction function, IReadOnlyList<LabelledRun> runs, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(runs);
        var groups = runs.Select(r => r.Trajectory).ToLookup(t => t.GroupId, StringComparer.Ordinal);
        var judged = new List<(double Score, double Label)>();
        foreach (var run in runs)
        {
            if (!double.IsFinite(run.Label)) throw new AgentTeamsException($"The label of trajectory '{run.Trajectory.Id}' is {run.Label}. Labels must be finite.");
            var rewards = await function.ScoreAsync(run.Trajectory, [.. groups[run.Trajectory.GroupId]], cancellationToken).ConfigureAwait(false);
            double[] own = [.. rewards.Where(r => r.Name == function.Name).Select(r => r.Value)];
            if (own.Length > 0) judged.Add((Moments.Of(own).Mean, run.Label));
        }

        return new([.. judged.Select(j => j.Score)], [.. judged.Select(j => j.Label)]);
    }

    /// <summary>How far scores and labels agree; see <see cref="JudgeAgreement.Of"/>.</summary>
    /// <param name="bounds">What divides values into classes; ascending. 0.5 unless given, which makes two.</param>
    public JudgeAgreement Agreement(params IReadOnlyList<double> bounds) => JudgeAgreement.Of(Scores, Labels, bounds.Count == 0 ? [0.5] : bounds);
}
