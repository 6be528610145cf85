using AgentTeams.Samples;

namespace AgentTeams.Tests;

/// <summary>What docs/mcp.md says happens, happens, with the calculator of the samples.</summary>
public sealed class McpGuideTests
{
    [Fact]
    public async Task Calculator_ConnectedAsInTheGuide_Computes()
    {
        using var unused = new ScriptedChatClient("not asked");

        var value = await McpSnippets.ConnectAsync(CalculatorServer.Options().Arguments[0], TeamRuntime.ForAll(unused));

        Assert.Equal("84", value);
        Assert.Empty(unused.Calls);
    }

    [Fact]
    public void Options_AllSet_AreInRange() => Assert.Equal(1, McpSnippets.Options().MaxRestarts);
}
