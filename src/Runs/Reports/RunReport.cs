namespace AgentTeams.Runs;

/// <summary>The report of a run as one HTML file that needs nothing else: no script, font, style sheet or image from elsewhere.</summary>
public static class RunReport
{
    /// <summary>Writes <c>report.html</c> into the folder of a run, from what the folder holds; a reader sees the whole new file or the old one.</summary>
    /// <param name="folder">The run's folder, complete or going on.</param>
    /// <param name="store">The run's trajectories, of which a few are shown; null to show none.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="AgentTeamsException">The file cannot be written, or the folder is damaged.</exception>
    public static async Task WriteAsync(RunFolder folder, ITrajectoryStore? store, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var samples = store is null ? [] : await SampleTrajectories.ChooseAsync(folder.Evaluations, store, cancellationToken).ConfigureAwait(false);
        var configuration = folder.ReadConfiguration();
        var changed = configuration.Stages.Where(t => t.Kind is "ablation" or "sweep").Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        var whole = folder.Evaluations.Where(e => !changed.Contains(e.Stage)).ToList();
        Write(folder.Report, configuration.Name, Html.Join(
        [
            ReportHeader.Draw(configuration, folder), ReportTables.Evaluations(whole),
            ReportTables.Ablations([.. folder.Evaluations.Where(e => changed.Contains(e.Stage))], whole.LastOrDefault(e => e.Evaluation.Name == e.Stage)?.Evaluation), ReportCurves.Draw(configuration, folder.Metrics),
            ReportTables.Usage(folder.Evaluations), TrajectoryGraphs.Draw(samples), ReportTables.Options(configuration),
        ]));
    }

    /// <summary>Writes a comparison of runs: their evaluations, how their options differ, and their curves over each other.</summary>
    /// <param name="runs">The runs' folders; at least two.</param>
    /// <param name="path">The file, which is replaced.</param>
    /// <exception cref="AgentTeamsException">There are fewer than two, a folder holds no run, or the file cannot be written.</exception>
    public static void WriteComparison(IReadOnlyList<RunFolder> runs, string path)
    {
        ArgumentNullException.ThrowIfNull(runs);
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (runs.Count < 2) throw new AgentTeamsException($"There are {runs.Count} runs to compare. Give at least two folders.");
        Write(path, "Comparison of runs", ReportComparison.Draw(runs));
    }

    private static void Write(string path, string title, Html content)
    {
        var temporary = path + ".tmp";
        try
        {
            File.WriteAllText(temporary, Page(title, content));
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AgentTeamsException($"The report '{path}' cannot be written: {e.Message} Choose a folder that can be written.", e);
        }
    }

    private static string Page(string title, Html content) => Html.Of($"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{title}</title>
        <style>{ReportStyle.Sheet}</style>
        </head>
        <body>
        <main>
        {content}
        </main>
        </body>
        </html>
        """).Text;
}
