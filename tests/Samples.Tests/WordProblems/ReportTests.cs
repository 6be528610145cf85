using System.Text.RegularExpressions;
using AgentTeams.Samples.WordProblems;

namespace AgentTeams.Samples.Tests.WordProblems;

public sealed partial class ReportTests
{
    [Fact]
    public void Render_TextWithMarkup_IsEncoded()
    {
        var html = Report.Render(MadeUp.Report());

        Assert.Contains("Word problems &lt;seed 1&gt;", html, StringComparison.Ordinal);
        Assert.Contains("shared &amp; equal", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<information>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_AnyRun_LoadsNothing() => Assert.DoesNotMatch(External(), Report.Render(MadeUp.Report()));

    [Fact]
    public void Render_WholeRun_HasCurvesTablesAndTrajectories()
    {
        var html = Report.Render(MadeUp.Report());

        string[] expected = ["Reward by role", "Rewards by kind", "Team reward", "Supervised loss", "verdict", "Ablations and controls", "2 of 4", .. s_titles];
        Assert.All(expected, e => Assert.Contains(e, html, StringComparison.Ordinal));
        Assert.Equal(html.Split("<section>").Length, html.Split("</section>").Length);
        Assert.Equal(html.Split("<div").Length, html.Split("</div>").Length);
    }

    [Fact]
    public void Render_NoStepsYet_LeavesCurvesOut()
    {
        var html = Report.Render(MadeUp.Report(steps: 0) with { SftEpochs = [] });

        Assert.DoesNotContain("<polyline", html, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_ExistingFile_IsReplacedWhole()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        var path = Path.Combine(folder, "report.html");
        File.WriteAllText(path, "old");

        Report.Write(MadeUp.Report(), path);

        Assert.EndsWith("</html>", File.ReadAllText(path).TrimEnd(), StringComparison.Ordinal);
        Assert.Equal([path], Directory.GetFiles(folder));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Write_MissingFolder_NamesTheFile() =>
        Assert.Contains("'no/such/report.html'", Assert.Throws<AgentTeamsException>(() => Report.Write(MadeUp.Report(), "no/such/report.html")).Message, StringComparison.Ordinal);

    private static readonly string[] s_titles = [SampleTrajectories.Improved, SampleTrajectories.HelpedByRetry, SampleTrajectories.StillWrong];

    [GeneratedRegex(@"<script|<link|<img|<iframe|\ssrc=|\shref=|url\(|@import|https?:", RegexOptions.IgnoreCase)]
    private static partial Regex External();
}
