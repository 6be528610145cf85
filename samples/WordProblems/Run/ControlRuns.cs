namespace AgentTeams.Samples.WordProblems;

/// <summary>
/// The control experiments: the same run with one thing taken away in stage 2. Each has a folder of its own below that of the
/// run it controls, and is resumed like any run.
/// </summary>
internal static class ControlRuns
{
    private static readonly (string Control, string Name)[] s_all =
    [
        ("shuffled-rewards", "Control: all rewards shuffled within groups"),
        ("format-only", "Control: format reward only"),
        ("continue-sft", "Control: supervised updates in place of RL"),
    ];

    /// <summary>What <c>--control</c> accepts besides <c>none</c>.</summary>
    public static IReadOnlyList<string> Names => [.. s_all.Select(c => c.Control)];

    public static async Task<IReadOnlyList<ReportFigure>> RunAsync(RunServices run, RunControl control, double gain, Func<RunServices, RunControl, CancellationToken, Task<RunResult>> runAsync, CancellationToken cancellationToken)
    {
        var figures = new List<ReportFigure>();
        foreach (var (name, text) in s_all)
        {
            run.Display.StageStarted($"control: {name}", 0);
            var folder = Path.Combine(run.Folder.FullPath, "controls", name);
            var own = control with { Out = folder, Resume = Directory.Exists(folder), StopAfterStep = null, Controls = false };
            await using var services = await RunServices.StartAsync(run.Options with { Control = name }, own, new QuietDisplay(TextWriter.Null), run.LoggerFactory, cancellationToken);
            var result = await runAsync(services, own, cancellationToken);
            var figure = Figure(text, result.Before.Success, result.After.Success, gain);
            run.Display.Message($"{figure.Name}: {figure.Value}, {figure.Note}");
            figures.Add(figure);
        }

        return figures;
    }

    private static ReportFigure Figure(string name, double before, double after, double gain) => new(name, Comparison.Points(after - before),
        $"points, from {Comparison.Percent(before)} to {Comparison.Percent(after)}" + (gain > 0 ? $"; {Comparison.Percent((after - before) / gain)} of the full gain" : ""));
}
