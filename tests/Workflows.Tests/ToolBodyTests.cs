using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>What a tool's body asks of models is not said by the role that called the tool.</summary>
public sealed class ToolBodyTests
{
    [Theory]
    [InlineData("own loop")]
    [InlineData("client's loop")]
    [InlineData("client's loop, streamed")]
    public async Task Role_ToolAsksARecordedClient_IsRecordedWithoutIt(string loop)
    {
        using var expert = new RecordingChatClient(new ScriptedChatClient("forty-two"));
        var seeds = new List<long?>();
        var ask = Helpers.Tool("ask", async () => (await expert.GetResponseAsync("what?")).Text);
        using var model = Caller(seeds, "ask");

        var result = await Helpers.OneRole(Helpers.Role("solo", ask)).RunAsync(new(), Helpers.Runtime(Looped(loop, model)));

        Assert.Equal(["Role solo/call-0 <- ", "Tool solo/tool-0 <- solo/call-0", "Role solo/call-1 <- solo/tool-0"], Described(result.Nodes));
        Assert.Equal("forty-two", result.Nodes[1].Result.ToString());
        Assert.Equal("done", result.State.Log);
        Assert.Equal([new SeedKey(0, Node: "solo").ToSeed(), new SeedKey(0, Node: "solo/call-1").ToSeed()], seeds);
    }

    [Theory]
    [InlineData("own loop")]
    [InlineData("client's loop")]
    public async Task Role_ToolAsksTheSameClient_IsRecordedWithoutIt(string loop)
    {
        IChatClient? shared = null;
        var ask = Helpers.Tool("ask", async () => (await shared!.GetResponseAsync("inner question")).Text);
        using var model = new ScriptedChatClient(call => call.Messages[0].Text == "inner question" ? ScriptedReply.Say("inner")
            : call.Messages.Count == 1 ? ScriptedReply.CallTool("ask") : ScriptedReply.Say("done"));
        shared = Looped(loop, model);

        var result = await Helpers.OneRole(Helpers.Role("solo", ask)).RunAsync(new(), Helpers.Runtime(shared));

        Assert.Equal(["Role solo/call-0 <- ", "Tool solo/tool-0 <- solo/call-0", "Role solo/call-1 <- solo/tool-0"], Described(result.Nodes));
        Assert.Equal("inner", result.Nodes[1].Result.ToString());
    }

    [Theory]
    [InlineData("own loop")]
    [InlineData("client's loop")]
    public async Task Role_ToolRunsATeamWhoseToolAsksAgain_EachIsRecordedByItsOwn(string loop)
    {
        using var third = new RecordingChatClient(new ScriptedChatClient("deep"));
        var dig = Helpers.Tool("dig", async () => (await third.GetResponseAsync("third")).Text);
        using var secondModel = Caller([], "dig");
        WorkflowResult<Counter>? inner = null;
        var team = Helpers.Tool("team", async () =>
        {
            inner = await Helpers.OneRole(Helpers.Role("second", dig)).RunAsync(new(), Helpers.Runtime(Looped(loop, secondModel)));
            return inner.State.Log;
        });
        using var model = Caller([], "team");

        var outer = await Helpers.OneRole(Helpers.Role("first", team)).RunAsync(new(), Helpers.Runtime(Looped(loop, model)));

        Assert.Equal(["Role first/call-0 <- ", "Tool first/tool-0 <- first/call-0", "Role first/call-1 <- first/tool-0"], Described(outer.Nodes));
        Assert.Equal("done", outer.Nodes[1].Result.ToString());
        Assert.Equal(["Role second/call-0 <- ", "Tool second/tool-0 <- second/call-0", "Role second/call-1 <- second/tool-0"], Described(inner!.Nodes));
        Assert.Equal("deep", inner.Nodes[1].Result.ToString());
        Assert.All(inner.Nodes, n => Assert.Equal("second", n.Role));
    }

    [Fact]
    public async Task Role_ToolRunsAWorkflowWhoseFunctionAsks_IsRecordedWithoutIt()
    {
        using var expert = new RecordingChatClient(new ScriptedChatClient("forty-two"));
        var wf = Workflow.CreateBuilder<Counter>("inner");
        wf.Start(wf.AddFunction("consult", async (_, token) => (await expert.GetResponseAsync("what?", null, token)).Text, (s, said) => s.Add(said)));
        var consult = wf.Build();
        var tool = Helpers.Tool("consult", async () => (await consult.RunAsync(new(), Helpers.NoModel)).State.Log);
        using var model = Caller([], "consult");

        var result = await Helpers.OneRole(Helpers.Role("solo", tool)).RunAsync(new(), Helpers.Runtime(Looped("client's loop", model)));

        Assert.Equal(["Role solo/call-0 <- ", "Tool solo/tool-0 <- solo/call-0", "Role solo/call-1 <- solo/tool-0"], Described(result.Nodes));
        Assert.Equal("forty-two", result.Nodes[1].Result.ToString());
    }

    [Fact]
    public async Task Role_ClientRunsToolsThatItAloneKnows_IsRecordedWithoutWhatTheyAsk()
    {
        using var expert = new RecordingChatClient(new ScriptedChatClient("forty-two"));
        using var model = Caller([], "private");
        using var client = new FunctionInvokingChatClient(new RecordingChatClient(model))
        {
            AdditionalTools = [Helpers.Tool("private", async () => (await expert.GetResponseAsync("what?")).Text)],
        };

        var result = await Helpers.OneRole(Helpers.Role("solo")).RunAsync(new(), Helpers.Runtime(client));

        Assert.Equal(["Role solo/call-0 <- ", "Tool solo/tool-0 <- solo/call-0", "Role solo/call-1 <- solo/tool-0"], Described(result.Nodes));
        Assert.Equal("forty-two", result.Nodes[1].Result.ToString());
    }

    [Fact]
    public async Task RecordingChatClient_OnAnother_RecordsEachTurnOnce()
    {
        using var model = Caller([], "ask");
        using var client = new RecordingChatClient(new FunctionInvokingChatClient(new RecordingChatClient(model)));

        var result = await Helpers.OneRole(Helpers.Role("solo", Helpers.Tool("ask", () => "yes"))).RunAsync(new(), Helpers.Runtime(client));

        Assert.Equal(["Role solo/call-0 <- ", "Tool solo/tool-0 <- solo/call-0", "Role solo/call-1 <- solo/tool-0"], Described(result.Nodes));
    }

    private static IEnumerable<string> Described(IEnumerable<TrajectoryNode> nodes) => nodes.Select(n => $"{n.Kind} {n.Id} <- {string.Join(',', n.Parents)}");

    private static IChatClient Looped(string loop, IChatClient model) => loop switch
    {
        "own loop" => new RecordingChatClient(model),
        "client's loop" => new FunctionInvokingChatClient(new RecordingChatClient(model)),
        _ => new Unstreamed(new FunctionInvokingChatClient(new RecordingChatClient(model))),
    };

    /// <summary>Calls a tool first and answers then.</summary>
    private static ScriptedChatClient Caller(List<long?> seeds, string tool) => new(call =>
    {
        seeds.Add(call.Options.Seed);
        return call.Index == 0 ? ScriptedReply.CallTool(tool) : ScriptedReply.Say("done");
    });

    /// <summary>Answers with what its inner client streams.</summary>
    private sealed class Unstreamed(IChatClient inner) : DelegatingChatClient(inner)
    {
        public override Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            base.GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);
    }
}
