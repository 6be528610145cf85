using AgentTeams.Samples.WordProblems;

namespace AgentTeams.Tests;

public sealed class RunFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("agentteams").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private RunControl Control(bool resume = false, string? folder = null) => new(folder ?? Path.Combine(_folder, "run"), resume, null, false);

    [Fact]
    public void Open_OutCannotBeWritten_NamesTheFolder()
    {
        File.WriteAllText(Path.Combine(_folder, "file"), "");
        var error = Assert.Throws<AgentTeamsException>(() => RunFolder.Open(Control(folder: Path.Combine(_folder, "file", "run")), new RunOptions()));
        Assert.Contains(Path.Combine("file", "run"), error.Message, StringComparison.Ordinal);
        Assert.Contains("--out", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_FolderHoldsARun_AsksForResume()
    {
        RunFolder.Open(Control(), new RunOptions());
        Assert.Contains("--resume", Assert.Throws<AgentTeamsException>(() => RunFolder.Open(Control(), new RunOptions())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ResumedWithAnotherConfiguration_NamesWhatDiffers()
    {
        RunFolder.Open(Control(), new RunOptions { Labels = 300, Seed = 1 });
        var error = Assert.Throws<AgentTeamsException>(() => RunFolder.Open(Control(resume: true), new RunOptions { Labels = 200, Seed = 1 }));
        Assert.Contains("--labels was '300' and is '200'", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("--seed", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ResumedWithTheSameConfiguration_KeepsWhatIsThere()
    {
        var folder = RunFolder.Open(Control(), new RunOptions());
        folder.AppendMetrics("rl", 0, new Dictionary<string, double> { ["reward"] = 0.5 });
        var again = RunFolder.Open(Control(resume: true), new RunOptions());
        again.AppendMetrics("rl", 0, new Dictionary<string, double> { ["reward"] = 0.7 });
        again.AppendMetrics("rl", 1, new Dictionary<string, double> { ["reward"] = 0.6 });
        Assert.Equal([0.5, 0.6], again.ReadMetrics().Select(m => m.Metrics["reward"]));
    }

    [Fact]
    public void ReadMetrics_LineCutShort_IsDroppedAndNoEarlierOne()
    {
        var folder = RunFolder.Open(Control(), new RunOptions());
        folder.AppendMetrics("rl", 0, new Dictionary<string, double> { ["reward"] = 0.5 });
        File.AppendAllText(Path.Combine(folder.FullPath, "metrics.jsonl"), "{\"stage\":\"rl\",\"st");
        var again = RunFolder.Open(Control(resume: true), new RunOptions());
        again.AppendMetrics("rl", 1, new Dictionary<string, double> { ["reward"] = 0.6 });
        Assert.Equal([0, 1], RunFolder.Open(Control(resume: true), new RunOptions()).ReadMetrics().Select(m => m.Step));
    }

    [Fact]
    public void Open_ResumeWithoutARun_SaysSo() =>
        Assert.Contains("no run", Assert.Throws<AgentTeamsException>(() => RunFolder.Open(Control(resume: true), new RunOptions())).Message, StringComparison.Ordinal);
}
