using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>Several tool calls in one message, call ids that repeat, and the end of the rounds.</summary>
public sealed class ToolRoundTests
{
    [Fact]
    public async Task Loop_ClientRepeatsCallIdsFromTurnToTurn_EachCallHasItsOwnResult()
    {
        using var model = Script(Calls(("call_0", "double", 1)), Calls(("call_0", "double", 5)), ScriptedReply.Say("done"));
        using var client = new FunctionInvokingChatClient(new RecordingChatClient(model));

        var result = await Helpers.OneRole(Helpers.Role("solo", Double)).RunAsync(new(), Helpers.Runtime(client));

        Assert.Equal(["1 -> 2", "5 -> 10"], Tools(result.Nodes));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Loop_ClientRepeatsCallIdsWithinATurn_EachCallHasItsOwnResult(bool turnIsRecorded)
    {
        using var model = Script(Calls(("call_0", "double", 1), ("call_0", "double", 5)), ScriptedReply.Say("done"));
        using var client = new FunctionInvokingChatClient(turnIsRecorded ? new RecordingChatClient(model) : model);

        var result = await Helpers.OneRole(Helpers.Role("solo", Double)).RunAsync(new(), Helpers.Runtime(client));

        Assert.Equal(["1 -> 2", "5 -> 10"], Tools(result.Nodes));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Loop_ClientLeavesACallOpenWhoseIdWasUsedBefore_ItIsExecutedHere(bool turnIsRecorded)
    {
        // A client with a limit of its own hands out the calls of its last turn unanswered.
        using var model = Script(Calls(("call_0", "double", 1)), Calls(("call_0", "double", 5)), ScriptedReply.Say("done"));
        using var client = new OneRoundClient(turnIsRecorded ? new RecordingChatClient(model) : model);

        var result = await Helpers.OneRole(Helpers.Role("solo", Double)).RunAsync(new(), Helpers.Runtime(client));

        Assert.Equal("done", result.State.Log);
        Assert.Equal(["1 -> 2", "5 -> 10"], Tools(result.Nodes));
    }

    [Fact]
    public async Task Loop_SeveralCallsInOneMessage_RunAtTheSameTimeAndKeepTheirOrder()
    {
        using var barrier = new Barrier(3);
        var meet = Helpers.Tool("meet", (int x) =>
        {
            // Each waits until all have begun: one after the other, none would come back.
            if (!barrier.SignalAndWait(TimeSpan.FromSeconds(30))) throw new TimeoutException("alone");
            return 10 * x;
        });
        using var model = Script(Calls(("a", "meet", 1), ("b", "meet", 2), ("c", "meet", 3)), ScriptedReply.Say("done"));

        var result = await Helpers.OneRole(Helpers.Role("solo", meet)).RunAsync(new(), Helpers.Runtime(model));

        Assert.Equal(["solo/call-0", "solo/tool-0", "solo/tool-1", "solo/tool-2", "solo/call-1"], result.Nodes.Select(n => n.Id));
        Assert.Equal(["1 -> 10", "2 -> 20", "3 -> 30"], Tools(result.Nodes));
        Assert.Equal(["a 10", "b 20", "c 30"], model.Calls[^1].Messages[^1].Contents.OfType<FunctionResultContent>().Select(r => $"{r.CallId} {r.Result}"));
        Assert.Equal(["solo/tool-0", "solo/tool-1", "solo/tool-2"], result.Nodes[^1].Parents.ToArray());
    }

    [Fact]
    public async Task Loop_RoleWantsOneAfterTheOther_TheyNeverMeet()
    {
        var running = 0;
        var most = 0;
        var alone = Helpers.Tool("alone", async (int x) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            await Task.Yield();
            Interlocked.Decrement(ref running);
            return x;
        });
        using var model = Script(Calls(("a", "alone", 1), ("b", "alone", 2), ("c", "alone", 3)), ScriptedReply.Say("done"));
        var role = Helpers.Role("solo", alone) with { Options = new() { ConcurrentToolCalls = false } };

        var result = await Helpers.OneRole(role).RunAsync(new(), Helpers.Runtime(model));

        Assert.Equal(1, most);
        Assert.Equal(["1 -> 1", "2 -> 2", "3 -> 3"], Tools(result.Nodes));
    }

    [Fact]
    public async Task Loop_RoundsAreUsedUp_LastAnswerIsAskedWithoutTools()
    {
        using var model = new ScriptedChatClient(call => call.Options.Tools is null ? ScriptedReply.Say("as far as I know") : Calls(("c", "double", call.Index)));
        var role = Helpers.Role("solo", Double) with { Options = new() { MaxToolRounds = 2, OnToolRoundLimit = ToolRoundLimit.AnswerWithoutTools } };

        var result = await Helpers.OneRole(role).RunAsync(new(), Helpers.Runtime(model));

        Assert.Equal("as far as I know", result.State.Log);
        Assert.Equal([1, 1, null], model.Calls.Select(c => c.Options.Tools?.Count));
        Assert.Equal(2, Tools(result.Nodes).Count());
    }

    [Fact]
    public async Task Loop_AsksForToolsWhereNoneAreOffered_Fails()
    {
        using var model = Script(Calls(("c", "double", 1)));
        var role = Helpers.Role("solo", Double) with { Options = new() { MaxToolRounds = 1, OnToolRoundLimit = ToolRoundLimit.AnswerWithoutTools } };

        var e = await Assert.ThrowsAsync<WorkflowNodeException>(() => Helpers.OneRole(role).RunAsync(new(), Helpers.Runtime(model)));

        Assert.IsType<ToolRoundLimitException>(e.InnerException);
    }

    private static readonly AIFunction Double = Helpers.Tool("double", (int x) => 2 * x);

    private static IEnumerable<string> Tools(IEnumerable<TrajectoryNode> nodes) =>
        nodes.Where(n => n.Kind == NodeKind.Tool).Select(n => $"{n.Arguments?.GetProperty("x")} -> {n.Result}");

    private static ChatResponse Calls(params (string Id, string Name, int X)[] calls) =>
        new(new ChatMessage(ChatRole.Assistant, [.. calls.Select(c => new FunctionCallContent(c.Id, c.Name, new Dictionary<string, object?> { ["x"] = c.X }))]));

    private static ScriptedChatClient Script(params ScriptedReply[] responses) =>
        new(call => responses[Math.Min(call.Index, responses.Length - 1)]);

    /// <summary>Runs the tools of one turn itself and returns everything that was said.</summary>
    private sealed class OneRoundClient(IChatClient inner) : DelegatingChatClient(inner)
    {
        private bool _used;

        public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            var asked = messages.ToList();
            var first = await base.GetResponseAsync(asked, options, cancellationToken);
            if (_used) return first;
            _used = true;
            var results = first.Messages.SelectMany(m => m.Contents).OfType<FunctionCallContent>().Select(c => new FunctionResultContent(c.CallId, 2 * (int)c.Arguments!["x"]!));
            List<ChatMessage> said = [.. first.Messages, new(ChatRole.Tool, [.. results])];
            var second = await base.GetResponseAsync([.. asked, .. said], options, cancellationToken);
            return new([.. said, .. second.Messages]);
        }
    }
}
