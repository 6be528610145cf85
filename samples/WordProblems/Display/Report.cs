namespace AgentTeams.Samples.WordProblems;

/// <summary>The report of a run as one HTML file that needs nothing else: no script, font, style sheet or image from elsewhere.</summary>
internal static class Report
{
    /// <summary>Writes the report; a reader sees the whole new file or the old one.</summary>
    /// <param name="report">What to show.</param>
    /// <param name="path">The file, which is replaced.</param>
    /// <exception cref="AgentTeamsException">The file cannot be written.</exception>
    public static void Write(RunReport report, string path)
    {
        var temporary = path + ".tmp";
        try
        {
            File.WriteAllText(temporary, Render(report));
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AgentTeamsException($"The report '{path}' cannot be written: {e.Message} Give an --out folder that can be written.", e);
        }
    }

    /// <summary>The page.</summary>
    public static string Render(RunReport report) => Html.Of($"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{report.Title}</title>
        <style>{ReportStyle.Sheet}</style>
        </head>
        <body>
        <main>
        {ReportHeader.Draw(report)}
        {ReportTables.Draw(report)}
        {ReportCurves.Draw(report)}
        {TrajectoryGraphs.Draw(report)}
        </main>
        </body>
        </html>
        """).Text;
}
