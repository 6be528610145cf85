namespace AgentTeams.Tests;

public sealed class GuideTests
{
    [Fact]
    public void GettingStarted_EverySnippet_IsCompiledHere() => GuideCode.AssertCompiled(GuideCode.Blocks("docs/getting-started.md"), "GettingStartedSnippets.cs");

    [Fact]
    public void Models_EverySnippet_IsCompiledHere() => GuideCode.AssertCompiled(GuideCode.Blocks("docs/models.md"), "ModelsSnippets.cs");
}
