namespace AgentTeams.Runs;

/// <summary>A task worth looking at, as the team handled it first and last.</summary>
/// <param name="Title">Why it is shown.</param>
/// <param name="TaskId">The task.</param>
/// <param name="Runs">Its runs, each with the evaluation's name and whether it succeeded.</param>
internal sealed record SampleTrajectory(string Title, string TaskId, IReadOnlyList<(string Evaluation, bool IsRight, Trajectory Run)> Runs);

/// <summary>Chooses what to show: tasks that training mended, one that it broke, one that still fails, one that is right.</summary>
internal static class SampleTrajectories
{
    private const int Count = 3;

    public static async Task<IReadOnlyList<SampleTrajectory>> ChooseAsync(IReadOnlyList<EvaluationLine> evaluations, ITrajectoryStore store, CancellationToken cancellationToken)
    {
        var made = evaluations.Where(e => e.Evaluation.Name == e.Stage).Select(e => e.Evaluation).ToList();
        if (made.Count == 0) return [];
        var (first, last) = (made[0], made[^1]);
        var before = first.Tasks.ToDictionary(t => t.TaskId, StringComparer.Ordinal);
        var tasks = last.Tasks.Select(t => (Task: t, Before: ReferenceEquals(first, last) ? null : before.GetValueOrDefault(t.TaskId))).ToList();
        var chosen = new List<SampleTrajectory>();
        foreach (var (title, fits) in Kinds())
        {
            var at = chosen.Count == Count ? -1 : tasks.FindIndex(t => fits(t.Before?.Rate, t.Task.Rate));
            if (at < 0) continue;
            var (task, earlier) = tasks[at];
            tasks.RemoveAt(at);
            var runs = new List<(string, bool, Trajectory)>();
            foreach (var (name, shown) in new[] { (first.Name, earlier), (last.Name, task) })
            {
                if (shown is not null && shown.TrajectoryIds.Length > 0 && await store.FindAsync(shown.TrajectoryIds[0], cancellationToken).ConfigureAwait(false) is { } run)
                    runs.Add((name, shown.Rate > 0.5, run));
            }

            if (runs.Count > 0) chosen.Add(new(title, task.TaskId, runs));
        }

        return chosen;
    }

    private static (string Title, Func<double?, double, bool> Fits)[] Kinds() =>
    [
        ("Improved by training", (before, after) => before < after),
        ("Still wrong", (_, after) => after == 0),
        ("Worse than before", (before, after) => before > after),
        ("Improved by training", (before, after) => before < after),
        ("Right", (_, after) => after > 0),
        ("Another run", (_, _) => true),
    ];
}
