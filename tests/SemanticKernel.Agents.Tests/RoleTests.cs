using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.Agents;
using Microsoft.SemanticKernel.ChatCompletion;

namespace AgentTeams.Tests;

/// <summary>Semantic Kernel into AgentTeams.</summary>
public sealed class RoleTests
{
    [Fact]
    public void AsRole_Agent_KeepsItsParts()
    {
        var agent = Sk.Agent("coder", new ScriptedChatClient("x"), new Sk.Calculator());
        agent.Arguments!.ExecutionSettings!.Values.Single().ExtensionData = new Dictionary<string, object> { ["temperature"] = 0.5, ["max_tokens"] = 12 };

        var role = agent.AsRole();

        Assert.Equal(("coder", "You are the coder.", "coders", 0.5f, 12), (role.Name, role.Instructions, role.Description, role.Options.Temperature, role.Options.MaxOutputTokens));
        Assert.Equal(["Calculator_Double", "Calculator_Fail"], role.Tools.Select(t => t.Name).Order());
    }

    [Fact]
    public async Task AsRole_AnsweredByItsOwnKernel_SemanticKernelsLoopRunsWithAllFilters()
    {
        using var model = Sk.Script(ScriptedReply.CallTool("Calculator_Double", new { x = 21 }), ScriptedReply.Say("42!"));
        var agent = Sk.Agent("coder", model, new Sk.Calculator());
        var notes = new Sk.FunctionNotes();
        agent.Kernel.FunctionInvocationFilters.Add(notes);
        agent.Kernel.AutoFunctionInvocationFilters.Add(notes);

        var nodes = await RunAsync(agent.AsRole(), agent.AsChatClient());

        Assert.Equal(["coder/call-0", "coder/tool-0", "coder/call-1"], nodes.Select(n => n.Id));
        Assert.Equal(["Double"], notes.Called);
        Assert.Equal(["Double"], notes.AutoCalled);
    }

    [Fact]
    public async Task AsRole_AnsweredByAnotherModel_TheWorkflowsLoopRunsWithFunctionFilters()
    {
        // Called as the AIFunction that it is, a kernel function would pass by its filters.
        using var model = Sk.Script(ScriptedReply.CallTool("Calculator_Double", new { x = 21 }), ScriptedReply.Say("42!"));
        var agent = Sk.Agent("coder", new ScriptedChatClient("unused"), new Sk.Calculator());
        var notes = new Sk.FunctionNotes();
        agent.Kernel.FunctionInvocationFilters.Add(notes);

        var nodes = await RunAsync(agent.AsRole(), model);

        Assert.Equal(["coder/call-0", "coder/tool-0", "coder/call-1"], nodes.Select(n => n.Id));
        Assert.Equal(["Double"], notes.Called);
    }

    [Fact]
    public async Task AsRole_ChatCompletionServiceWithoutClient_ItsLoopIsRecordedFromItsMessages()
    {
        using var model = Sk.Script(ScriptedReply.CallTool("Calculator_Double", new { x = 21 }), ScriptedReply.Say("42!"));
        var builder = Kernel.CreateBuilder();
        builder.Services.AddSingleton(model.AsBuilder().UseKernelFunctionInvocation().Build().AsChatCompletionService());
        builder.Plugins.AddFromType<Sk.Calculator>();
        var agent = new ChatCompletionAgent { Name = "coder", Kernel = builder.Build(), Arguments = new(new PromptExecutionSettings { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() }) };

        var nodes = await RunAsync(agent.AsRole(), agent.AsChatClient());

        Assert.Equal("42", Assert.Single(nodes, n => n.Kind == NodeKind.Tool).Result?.ToString());
        Assert.EndsWith("42!", nodes.First(n => n.Kind == NodeKind.Role).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AsRoleAsync_TemplateOfInstructions_IsRenderedWithTheAgentsArgumentsAndMine()
    {
        var agent = new ChatCompletionAgent(new PromptTemplateConfig("You solve {{$kind}} problems in {{$language}}.") { Name = "solver" }, new KernelPromptTemplateFactory())
        {
            Arguments = new() { ["kind"] = "hard", ["language"] = "French" },
        };

        Assert.Equal("You solve hard problems in C#.", (await agent.AsRoleAsync(new() { ["language"] = "C#" })).Instructions);
        Assert.Contains("AsRoleAsync", Assert.Throws<AgentTeamsException>(() => agent.AsRole()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithInstructionsAsync_Template_CallsKernelFunctions()
    {
        var kernel = new Kernel();
        kernel.Plugins.AddFromFunctions("clock", [KernelFunctionFactory.CreateFromMethod(() => "noon", "now")]);

        var role = await new Role { Name = "planner" }.WithInstructionsAsync(new("It is {{clock.now}}, {{$name}}."), kernel, new() { ["name"] = "Ada" });

        Assert.Equal("It is noon, Ada.", role.Instructions);
    }

    [Theory]
    [InlineData("fast")]
    [InlineData("clever")]
    public async Task KernelAsChatClient_KeyedServices_TheKeyDecides(string key)
    {
        var builder = Kernel.CreateBuilder();
        builder.Services.AddKeyedSingleton<IChatClient>("fast", new ScriptedChatClient("fast"));
        builder.Services.AddKeyedSingleton("clever", new ScriptedChatClient("clever").AsChatCompletionService());

        using var client = builder.Build().AsChatClient(key);

        Assert.Equal(key, (await client.GetResponseAsync("who?")).Text);
        Assert.Equal(key, string.Concat((await client.GetStreamingResponseAsync("who?").ReadAsync()).Select(u => u.Text)));
    }

    [Fact]
    public async Task KernelAsChatClient_UnknownKey_NamesIt()
    {
        using var client = new Kernel().AsChatClient("missing");

        Assert.Contains("'missing'", (await Assert.ThrowsAsync<AgentTeamsException>(() => client.GetResponseAsync("who?"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task KernelAsChatClient_Settings_AreKeptAndTheCallersWin()
    {
        using var model = new ScriptedChatClient("x");
        using var client = Sk.Kernel(model).AsChatClient(settings: new() { ExtensionData = new Dictionary<string, object> { ["top_p"] = 0.25, ["temperature"] = 1.5 } });

        await client.GetResponseAsync("?", new() { Temperature = 0.5f, Seed = 9 });

        var options = model.Calls.Single().Options;
        Assert.Equal((0.25f, 0.5f, 9L), (options.TopP, options.Temperature, options.Seed));
    }

    [Fact]
    public async Task AsTools_Plugin_FunctionFiltersFire()
    {
        var kernel = new Kernel();
        var notes = new Sk.FunctionNotes();
        kernel.FunctionInvocationFilters.Add(notes);
        var tool = KernelPluginFactory.CreateFromType<Sk.Calculator>().AsTools(kernel).Single(t => t.Name.EndsWith("Double", StringComparison.Ordinal));

        Assert.Equal(8, await tool.InvokeAsync(new(new Dictionary<string, object?> { ["x"] = 4 })));
        Assert.Equal(["Double"], notes.Called);
    }

    private static async Task<IReadOnlyList<TrajectoryNode>> RunAsync(Role role, IChatClient client)
    {
        var wf = Workflow.CreateBuilder<string>("one");
        wf.Start(wf.AddRole(role, q => q, (_, reply) => reply.Text));
        return (await wf.Build().RunAsync("double 21", TeamRuntime.ForAll(client))).Nodes;
    }
}
