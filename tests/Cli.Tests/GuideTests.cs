namespace AgentTeams.Tests;

public sealed class GuideTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("agentteams").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Guide_EverySnippet_IsCompiledHere() => GuideCode.AssertCompiled(GuideCode.Blocks("docs/cli.md"), "CliSnippets.cs");

    [Theory]
    [InlineData("full")]
    [InlineData("adapters")]
    public async Task Guide_Program_TrainsAndAnswers(string mapping)
    {
        Assert.Equal(TeamCommandLine.Done, await CliSnippets.RunAsync(["--steps", "1", "--mapping", mapping, "--out", Path.Combine(_folder, "run"), "--output", "none"]));
        Assert.Equal(TeamCommandLine.Done, await CliSnippets.RunAsync(["run", "1 and 1", "--weights", Path.Combine(_folder, "run")]));
    }
}
