using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class ScriptTests
{
    private static readonly ChatMessage[] Asked = [new(ChatRole.User, "and now?")];

    [Fact]
    public async Task GetResponse_SeveralReplies_EachAnswersOneCallAndAFurtherOneFails()
    {
        var client = new ScriptedChatClient("no", "ok");

        Assert.Equal("no", (await client.GetResponseAsync(Asked)).Text);
        Assert.Equal("ok", (await client.GetResponseAsync(Asked)).Text);
        var error = await Assert.ThrowsAsync<ScriptException>(() => client.GetResponseAsync(Asked));

        Assert.Contains("has 2 replies, and call 3 asks for another: 'and now?'", error.Message, StringComparison.Ordinal);
        Assert.Equal(["#0: and now?", "#1: and now?", "#2: and now?"], client.Calls.Select(c => c.ToString()));
    }

    [Fact]
    public async Task GetResponse_OneReply_AnswersEveryCallWithAResponseOfItsOwn()
    {
        var client = new ScriptedChatClient(new ChatResponse(new ChatMessage(ChatRole.Assistant, "yes")) { ModelId = "m" });
        var first = await client.GetResponseAsync(Asked);
        first.Messages.Clear();

        Assert.Equal(("yes", "m"), ((await client.GetResponseAsync(Asked)).Text, (await client.GetResponseAsync(Asked)).ModelId));
    }

    [Fact]
    public async Task GetStreamingResponse_Text_ComesWordByWordAndIsTheSame()
    {
        var client = new ScriptedChatClient("one two  three");
        var updates = await client.GetStreamingResponseAsync(Asked).ToListAsync();

        Assert.True(updates.Count > 3);
        Assert.Equal("one two  three", updates.ToChatResponse().Text);
        Assert.Equal(ChatFinishReason.Stop, updates.ToChatResponse().FinishReason);
    }

    [Fact]
    public async Task GetResponse_Failure_IsThrownAndCancellationComesFirst()
    {
        var client = new ScriptedChatClient(ScriptedReply.Fail(new IOException("gone")));

        await Assert.ThrowsAsync<IOException>(() => client.GetResponseAsync(Asked));
        await Assert.ThrowsAsync<OperationCanceledException>(() => client.GetResponseAsync(Asked, cancellationToken: new(canceled: true)));
        Assert.Single(client.Calls);
    }

    [Fact]
    public async Task GetResponse_ReplyWithMore_EveryCallHasItAndStreamsToo()
    {
        var client = new ScriptedChatClient(ScriptedReply.CallTool("look").WithUsage(10, 2).With(r => r.ModelId = "large").With(r => r.Messages[0].Contents.Insert(0, new TextContent("Let me see."))));

        foreach (var response in new[] { await client.GetResponseAsync(Asked), await client.GetResponseAsync(Asked), (await client.GetStreamingResponseAsync(Asked).ToListAsync()).ToChatResponse() })
        {
            Assert.Equal((10, 2, 12), (response.Usage?.InputTokenCount, response.Usage?.OutputTokenCount, response.Usage?.TotalTokenCount));
            Assert.Equal(("large", "Let me see."), (response.ModelId, response.Text));
            Assert.Single(response.Messages.SelectMany(m => m.Contents).OfType<FunctionCallContent>());
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => ScriptedReply.Say("x").WithUsage(-1, 0));
    }

    [Fact]
    public async Task GetResponse_NeverAnswered_WaitsUntilItIsCancelled()
    {
        using var stop = new CancellationTokenSource();
        var call = new ScriptedChatClient(ScriptedReply.Never()).GetResponseAsync(Asked, cancellationToken: stop.Token);
        Assert.False(call.IsCompleted);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task Runtime_RoleThatIsNotScripted_FailsAndNamesThoseThatAre()
    {
        var team = SumTeam.Create();
        var trajectory = await team.RunAsync(new TeamScript().Role("planner", "add"));

        trajectory.Check().Failed("does not say what 'coder' replies. It does for 'planner'");
    }

    [Fact]
    public async Task EnsureAllUsed_RepliesLeft_NamesTheRoles()
    {
        var script = SumTeam.Script().Role("judge", "never asked").Role("clerk", "a", "b");
        await SumTeam.Create().RunAsync(script);

        var error = Assert.Throws<ScriptException>(script.EnsureAllUsed);

        Assert.Contains("'clerk' did not give its last 2, 'judge' did not give its last 1.", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, script.CallsOf("planner").Count);
        Assert.Contains("is scripted already", Assert.Throws<ScriptException>(() => script.Role("judge", "again")).Message, StringComparison.Ordinal);
        Assert.Contains("no reply", Assert.Throws<ScriptException>(() => script.Role("silent", [])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CallTool_ArgumentsThatAreNoObject_AreRefused() =>
        Assert.Contains("new { query", Assert.Throws<ArgumentException>(() => ScriptedReply.CallTool("search", "rain")).Message, StringComparison.Ordinal);
}
