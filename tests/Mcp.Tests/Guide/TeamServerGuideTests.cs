namespace AgentTeams.Tests;

public sealed class TeamServerGuideTests
{
    [Fact]
    public void McpServer_EverySnippet_IsCompiledHere() => GuideCode.AssertCompiled(GuideCode.Blocks("docs/mcp-server.md"), "TeamServerSnippets.cs");
}
