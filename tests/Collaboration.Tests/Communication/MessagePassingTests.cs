using System.Text.Json;

namespace AgentTeams.Tests;

public sealed class MessagePassingTests
{
    private static readonly MessageKind Bid = new("bid", JsonSerializer.SerializeToElement(new { type = "integer", minimum = 0 }));

    [Fact]
    public async Task Check000C1_MessagePassing_SchemaViolationIsRejectedAndRecordedAndPrivateMessagesAreUnseen()
    {
        var scripts = new Scripts(
            ("ann", [Envelope("bid", ["bob"], payload: -1, isPrivate: true), Envelope("bid", ["bob"], payload: 5, isPrivate: true, text: "just between us"), Envelope("answer", [], text: "sold")]),
            ("bob", [Envelope("say", ["cat"], text: "hello cat")]),
            ("cat", [Envelope("say", ["dan"]), Envelope("say", [], text: "hello all")]));
        var team = Protocol.MessagePassing(new() { Kinds = [new(MessageKinds.Say), Bid] }).ToWorkflow("market", Teams.Members("ann", "bob", "cat"));

        var run = await team.Definition.RecordAsync(new("Sell the lamp."), scripts.Runtime);

        // The negative bid and the message to nobody of the team were refused, recorded so, and asked for again.
        Assert.Equal(["ann", "cat"], run.Trajectory.Nodes.Where(n => n.Error?.Type == nameof(InvalidAnswerException)).Select(n => n.Role));
        Assert.Contains("payload", run.Trajectory.Nodes[0].Error!.Message, StringComparison.Ordinal);
        Assert.Contains("not valid", scripts.Calls.ElementAt(1).Messages[^1].Text, StringComparison.Ordinal);
        var bid = run.State!.Messages[0];
        Assert.Equal(("ann", "bob", "bid", "5", 0), (bid.From, bid.To.Single(), bid.Kind, bid.Payload!.Value.GetRawText(), bid.Turn));

        // Only its recipient was shown the private message.
        Assert.Contains("just between us", scripts.AskedOf("bob").First(), StringComparison.Ordinal);
        Assert.DoesNotContain(scripts.AskedOf("cat"), t => t.Contains("just between us", StringComparison.Ordinal));
        Assert.Contains("hello cat", scripts.AskedOf("cat").First(), StringComparison.Ordinal);
        Assert.Equal(("sold", true), (run.State.Answer, run.State.IsSettled));
    }

    [Fact]
    public async Task ToWorkflow_AtOnce_ShowsNobodyWhatIsSentInTheSameRound()
    {
        var scripts = new Scripts(heard => Envelope("say", [], text: $"{heard.Role} {heard.Index}"));
        var team = Protocol.MessagePassing(new() { Order = ActionOrder.Simultaneous, MaxRounds = 2 }).ToWorkflow("talk", Teams.Members("ann", "bob"));

        var result = await team.Definition.RunAsync(new("talk"), scripts.Runtime);

        Assert.Equal("0 ann: ann 0 | 0 bob: bob 0 | 1 ann: ann 1 | 1 bob: bob 1", result.State.Said());
        Assert.DoesNotContain("ann 0", scripts.AskedOf("bob").First(), StringComparison.Ordinal);
        Assert.Contains("ann 0", scripts.AskedOf("bob").Last(), StringComparison.Ordinal);
        Assert.Equal(("bob 1", false), (result.State.Answer, result.State.IsSettled));
    }

    [Fact]
    public async Task ToWorkflow_LimitThatFails_FailsTheRun()
    {
        var scripts = new Scripts(_ => Envelope("say", []));
        var team = Protocol.MessagePassing(new() { MaxRounds = 1, OnLimit = LoopLimit.Fail }).ToWorkflow("talk", Teams.Members("ann", "bob"));

        var error = await Assert.ThrowsAsync<WorkflowNodeException>(() => team.RunAsync("talk", scripts.Runtime));

        Assert.IsType<LoopLimitException>(error.InnerException);
    }

    [Fact]
    public async Task ToWorkflow_PrivateMessageToNobody_IsAskedForAgain()
    {
        var scripts = new Scripts(("ann", [Envelope("say", [], isPrivate: true), Envelope("answer", [])]), ("bob", [Envelope("say", [])]));

        var run = await Protocol.MessagePassing().ToWorkflow("talk", Teams.Members("ann", "bob")).RecordAsync("talk", scripts.Runtime);

        Assert.Contains("/to", run.Trajectory.Nodes[0].Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ToWorkflow_MostSeenMessages_ShowsTheNewest()
    {
        var scripts = new Scripts(heard => Envelope("say", [], text: $"<{heard.Role} {heard.Index}>"));

        await Protocol.MessagePassing(new() { MaxRounds = 2, MaxSeenMessages = 1 }).ToWorkflow("talk", Teams.Members("ann", "bob")).RunAsync("talk", scripts.Runtime);

        Assert.Contains("<ann 1>", scripts.AskedOf("bob").Last(), StringComparison.Ordinal);
        Assert.DoesNotContain("<bob 0>", scripts.AskedOf("bob").Last(), StringComparison.Ordinal);
    }

    public static TheoryData<MessagePassingOptions, string> Wrong => new()
    {
        { new() { MaxRounds = 0 }, "MaxRounds is 0" },
        { new() { Kinds = [] }, "Kinds is empty" },
        { new() { MaxSeenMessages = 0 }, "MaxSeenMessages is 0" },
        { new() { Nodes = new() { MaxAnswers = 0 } }, "Nodes.MaxAnswers is 0" },
        { new() { Kinds = [new("a/b")] }, "'a/b' contains '/'" },
        { new() { Kinds = [new("bid", JsonElement.Parse("""{"$ref":"#/$defs/x"}"""))] }, "holds $ref" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void ToWorkflow_WrongOption_IsRefusedByName(MessagePassingOptions options, string problem)
    {
        var error = Assert.Throws<AgentTeamsException>(() => Protocol.MessagePassing(options).ToWorkflow("talk", Teams.Members("ann", "bob")));

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToWorkflow_WrongMembers_AreRefusedByName()
    {
        AgentTeamsException Refused(params TeamMember[] members) => Assert.Throws<AgentTeamsException>(() => Protocol.MessagePassing().ToWorkflow("talk", members));

        Assert.Contains("has 1 member", Refused(Teams.Role("ann")).Message, StringComparison.Ordinal);
        Assert.Contains("named 'ann'", Refused(Teams.Role("ann"), Teams.Role("ann")).Message, StringComparison.Ordinal);
        var shaped = Teams.Role("bob") with { Options = new() { ResponseSchema = JsonElement.Parse("""{"type":"string"}""") } };
        Assert.Contains("'bob' has a ResponseSchema", Refused(Teams.Role("ann"), shaped).Message, StringComparison.Ordinal);
    }

    private static string Envelope(string kind, string[] to, string text = "text", int? payload = null, bool isPrivate = false)
    {
        var sent = new Dictionary<string, object> { ["kind"] = kind, ["to"] = to, ["private"] = isPrivate, ["purpose"] = "", ["text"] = text };
        if (payload is { } given) sent["payload"] = given;
        return Scripts.Json(sent);
    }
}
