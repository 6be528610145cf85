namespace AgentTeams.Tests;

public sealed class GuideTests
{
    [Fact]
    public void GettingStarted_EverySnippet_IsCompiledHere() => GuideCode.AssertCompiled(GuideCode.Blocks("docs/getting-started.md"), "GettingStartedSnippets.cs");

    [Fact]
    public void Rl_EverySnippet_IsCompiledHere() => GuideCode.AssertCompiled(GuideCode.Blocks("docs/rl.md"), "RlSnippets.cs");

    [Fact]
    public void Models_EverySnippet_IsCompiledHere() => GuideCode.AssertCompiled(GuideCode.Blocks("docs/models.md"), "ModelsSnippets.cs");

    [Fact]
    public void Deploy_EverySnippet_IsCompiledHere() => GuideCode.AssertCompiled(GuideCode.Blocks("docs/deploy.md"), "DeploySnippets.cs");

    [Fact]
    public void Mcp_EverySnippet_IsCompiledHere() => GuideCode.AssertCompiled(GuideCode.Blocks("docs/mcp.md"), "McpSnippets.cs");

    [Fact]
    public void Extending_EverySnippet_IsCompiledHere() => GuideCode.AssertCompiled(GuideCode.Blocks("docs/extending.md"), "ExtendingSnippets.cs");

    [Fact]
    public void Environments_EverySnippet_IsCompiledHere() => GuideCode.AssertCompiled(GuideCode.Blocks("docs/environments.md"), "EnvironmentsSnippets.cs");

    [Fact]
    public void Workflows_EverySnippet_IsCompiledHere() => GuideCode.AssertCompiled(GuideCode.Blocks("docs/workflows.md"), "WorkflowsSnippets.cs");

    [Fact]
    public void Checkpoints_EverySnippet_IsCompiledHere() => GuideCode.AssertCompiled(GuideCode.Blocks("docs/checkpoints.md"), "CheckpointsSnippets.cs");

    [Fact]
    public void Rewards_EverySnippet_IsCompiledHere() => GuideCode.AssertCompiled(GuideCode.Blocks("docs/rewards.md"), "RewardsSnippets.cs");

    [Fact]
    public void Graphs_EverySnippet_IsCompiledHere() => GuideCode.AssertCompiled(GuideCode.Blocks("docs/graphs.md"), "GraphsSnippets.cs");

    [Fact]
    public void Prompts_EverySnippet_IsCompiledHere() => GuideCode.AssertCompiled(GuideCode.Blocks("docs/prompts.md"), "PromptsSnippets.cs");

    [Fact]
    public void Losses_EverySnippet_IsCompiledHere() => GuideCode.AssertCompiled(GuideCode.Blocks("docs/losses.md"), "LossesSnippets.cs");

    [Fact]
    public void Communication_EverySnippet_IsCompiledHere() => GuideCode.AssertCompiled(GuideCode.Blocks("docs/communication.md"), "CommunicationSnippets.cs");

    [Fact]
    public void Patterns_EverySnippet_IsCompiledHere() => GuideCode.AssertCompiled(GuideCode.Blocks("docs/patterns.md"), "PatternsSnippets.cs");

    [Fact]
    public void Governance_EverySnippet_IsCompiledHere() => GuideCode.AssertCompiled(GuideCode.Blocks("docs/governance.md"), "GovernanceSnippets.cs");

    [Fact]
    public void Memory_EverySnippet_IsCompiledHere() => GuideCode.AssertCompiled(GuideCode.Blocks("docs/memory.md"), "MemorySnippets.cs");

    [Fact]
    public void Servers_EverySnippet_IsCompiledHere() => GuideCode.AssertCompiled(GuideCode.Blocks("docs/servers.md"), "ServersSnippets.cs");

    [Fact]
    public void Context_EverySnippet_IsCompiledHere() => GuideCode.AssertCompiled(GuideCode.Blocks("docs/context.md"), "ContextSnippets.cs");
}
