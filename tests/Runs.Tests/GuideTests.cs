namespace AgentTeams.Tests;

public sealed class GuideTests
{
    [Theory]
    [InlineData("docs/training.md", "TrainingSnippets.cs")]
    [InlineData("docs/evaluation.md", "TrainingSnippets.cs")]
    [InlineData("docs/production.md", "ProductionSnippets.cs")]
    public void Guide_EverySnippet_IsCompiledHere(string guide, string file) => GuideCode.AssertCompiled(GuideCode.Blocks(guide), file);

    [Fact]
    public void FirstTraining_ProgramOfAPage_HasAtMost80Lines() => Assert.InRange(File.ReadAllLines(GuideCode.PathOf("samples/FirstTraining/Program.cs")).Length, 1, 80);
}
