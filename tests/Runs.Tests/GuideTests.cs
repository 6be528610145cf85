namespace AgentTeams.Tests;

public sealed class GuideTests
{
    [Theory]
    [InlineData("docs/training.md")]
    [InlineData("docs/evaluation.md")]
    public void Guide_EverySnippet_IsCompiledHere(string guide) => GuideCode.AssertCompiled(GuideCode.Blocks(guide), "TrainingSnippets.cs");

    [Fact]
    public void FirstTraining_ProgramOfAPage_HasAtMost80Lines() => Assert.InRange(File.ReadAllLines(GuideCode.PathOf("samples/FirstTraining/Program.cs")).Length, 1, 80);
}
