using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.Agents.Orchestration.Handoff;
using Microsoft.SemanticKernel.Agents.Runtime.InProcess;

namespace AgentTeams.Tests;

/// <summary>Roles and tools into Semantic Kernel.</summary>
public sealed class RoleAgentTests
{
    private static readonly AIFunction Double = AIFunctionFactory.Create((int x) => 2 * x, "double-it");

    [Fact]
    public async Task AsAgent_RoleWithTools_SemanticKernelCallsThem()
    {
        using var model = Sk.Script(ScriptedReply.CallTool("tools_double_it", new { x = 21 }), ScriptedReply.Say("42!"));
        var role = new Role { Name = "coder", Instructions = "Code.", Tools = [Double], Options = new() { Temperature = 0, MaxOutputTokens = 9 } };
        var recorder = new AgentRecorder("solo");

        Assert.Equal("42!", await role.AsAgent(model).Recorded(recorder).AskAsync("double 21"));

        Assert.Equal(["coder/call-0", "coder/tool-0", "coder/call-1"], recorder.ToTrajectory("").Ids());
        Assert.Equal(["Code.", "double 21"], model.Calls[0].Messages.Select(m => m.Text));
        Assert.Equal((0f, 9), (model.Calls[0].Options.Temperature, model.Calls[0].Options.MaxOutputTokens));
    }

    [Fact]
    public async Task AsAgent_ModelAsksForToolsWithoutEnd_StopsAtTheRolesLimit()
    {
        using var model = new ScriptedChatClient(_ => ScriptedReply.CallTool("tools_double_it", new { x = 21 }));
        var recorder = new AgentRecorder("solo");

        await new Role { Name = "coder", Tools = [Double], Options = new() { MaxToolRounds = 2 } }.AsAgent(model).Recorded(recorder).InvokeAsync("double 21").ReadAsync();

        Assert.Equal(3, model.Calls.Count);
        Assert.Equal(["42", "42"], recorder.ToTrajectory("").Nodes.Where(n => n.Kind == NodeKind.Tool).Select(n => n.Result?.ToString()).Take(2));
        Assert.Contains("MaxToolRounds", recorder.ToTrajectory("").Nodes[^1].Result?.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AsAgent_ToolWithToolResult_TheModelReadsItsText()
    {
        using var model = Sk.Script(ScriptedReply.CallTool("tools_broken"), ScriptedReply.Say("noted"));
        var broken = AIFunctionFactory.Create(() => new ToolResult { Text = "no such file", IsError = true }, "broken");
        var plain = new DelegatingResult(broken);

        await new Role { Name = "coder", Tools = [plain] }.AsAgent(model).AskAsync("go");

        Assert.Equal("Error: no such file", model.Calls[^1].Messages.SelectMany(m => m.Contents).OfType<Microsoft.Extensions.AI.FunctionResultContent>().Single().Result?.ToString());
    }

    [Fact]
    public async Task AsAgent_InAHandoff_HandsOver()
    {
        using var first = Sk.Script(ScriptedReply.CallTool("HandoffPlugin_transfer_to_second"));
        using var second = new ScriptedChatClient("done by second");
        var (a, b) = (new Role { Name = "first" }.AsAgent(first), new Role { Name = "second", Description = "Does it." }.AsAgent(second));
        await using var runtime = new InProcessRuntime();
        await runtime.StartAsync();

        var result = await new HandoffOrchestration(OrchestrationHandoffs.StartWith(a).Add(a, b), a, b).InvokeAsync("go", runtime);

        Assert.Equal("done by second", await result.GetValueAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task AsAgent_ClientWithoutMetadata_WorksInPromptFunctionsToo()
    {
        using var model = new ScriptedChatClient("bonjour");
        var agent = new Role { Name = "translator" }.AsAgent(model);

        Assert.Equal("bonjour", await agent.Kernel.InvokePromptAsync<string>("Translate hello."));
    }

    [Fact]
    public async Task AsKernelPlugin_Tools_AreFunctionsUnderAllowedNames()
    {
        var plugin = new[] { Double }.AsKernelPlugin("my-tools");

        Assert.Equal(("my_tools", "double_it"), (plugin.Name, plugin.Single().Name));
        Assert.Equal("8", (await plugin["double_it"].InvokeAsync(new Kernel(), new() { ["x"] = 4 })).ToString());
    }

    [Fact]
    public async Task AsKernelPlugin_McpServer_AnAgentCallsItsTools()
    {
        await using var server = new InProcessServer(("add-up", (int x, int y) => x + y));
        await using var tools = await server.ConnectAsync();
        using var model = Sk.Script(ScriptedReply.CallTool("in_process_add_up", new { x = 2, y = 3 }), ScriptedReply.Say("five"));
        var agent = Sk.Agent("coder", model);
        agent.Kernel.Plugins.Add(tools.AsKernelPlugin());
        var recorder = new AgentRecorder("solo");

        Assert.Equal("five", await agent.Recorded(recorder).AskAsync("2 + 3?"));

        Assert.Equal("5", recorder.ToTrajectory("").Nodes[1].Result?.ToString());
    }

    /// <summary>Hands the result on as the object it is, as tools of MCP servers do.</summary>
    private sealed class DelegatingResult(AIFunction inner) : DelegatingAIFunction(inner)
    {
        protected override ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken) =>
            new(new ToolResult { Text = "no such file", IsError = true });
    }
}
