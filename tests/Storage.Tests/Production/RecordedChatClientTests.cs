using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class RecordedChatClientTests
{
    private readonly MemoryStore _store = new();

    private static TokenTrace Trace { get; } = new() { PromptIds = [1, 2], CompletionIds = [3], LogProbs = [-1], Policy = new("tiny", "coder"), WeightsVersion = 4, Temperature = 1 };

    private static ChatResponse Answer(string text) => new(new ChatMessage(ChatRole.Assistant, text))
    {
        ModelId = "org/model-1", Usage = new() { InputTokenCount = 7, OutputTokenCount = 3 }, AdditionalProperties = new() { [TokenTrace.PropertyName] = Trace },
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task GetResponseAsync_Call_IsATrajectoryOfOneNode(bool isStreamed)
    {
        await using var recorder = new ProductionRecorder(_store);
        var client = new ScriptedChatClient(Answer("go left at once")).RecordTo(recorder, "guide", "show the way");

        var response = await AskAsync(client, isStreamed, new ChatOptions { Instructions = "Be brief." });
        recorder.AddRewards(response.GetTrajectoryId()!, Reward.ForTrajectory("thumb", 1));
        await recorder.FlushAsync();

        Assert.Equal("go left at once", response.Text);
        var run = Assert.Single(_store.Stored);
        var node = Assert.Single(run.Nodes);
        Assert.Equal(response.GetTrajectoryId(), run.Id);
        Assert.Equal(("show the way", TrajectoryStatus.Completed, "go left at once"), (run.TaskId, run.Status, run.Outcome));
        Assert.Equal(["system: Be brief.", "user: Where?"], node.Input.Select(m => $"{m.Role}: {m.Text}"));
        Assert.Equal(("guide", NodeKind.Role, Trace.Policy), (node.Role, node.Kind, node.Policy));
        Assert.Equal(Trace, node.Tokens);
        Assert.Equal("thumb", Assert.Single(run.Rewards).Name);
        Assert.All(node.Output, m => Assert.Null(m.AdditionalProperties));
    }

    [Fact]
    public async Task GetResponseAsync_ModelOfAnotherProgram_IsThePolicy()
    {
        await using var recorder = new ProductionRecorder(_store);
        var client = new ScriptedChatClient(ScriptedReply.Say("ok").With(r => r.ModelId = "org/model-1"));

        await client.RecordTo(recorder, "guide", "t").GetResponseAsync("Where?");
        await recorder.FlushAsync();

        var node = _store.Stored[0].Nodes[0];
        Assert.Equal((new PolicyId("org-model-1"), null), (node.Policy, node.Tokens));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task GetResponseAsync_CallThatFails_IsRecordedAndThrown(bool isStreamed)
    {
        await using var recorder = new ProductionRecorder(_store);
        var client = new ScriptedChatClient(ScriptedReply.Fail(new InvalidOperationException("no model"))).RecordTo(recorder, "guide", "t");

        await Assert.ThrowsAsync<InvalidOperationException>(() => AskAsync(client, isStreamed));
        await recorder.FlushAsync();

        var run = Assert.Single(_store.Stored);
        Assert.Equal((TrajectoryStatus.Failed, "no model", "no model"), (run.Status, run.Error?.Message, run.Nodes[0].Error?.Message));
    }

    [Fact]
    public async Task GetResponseAsync_CancelledCall_IsRecordedAsCancelled()
    {
        await using var recorder = new ProductionRecorder(_store);
        var client = new ScriptedChatClient(ScriptedReply.Fail(new OperationCanceledException())).RecordTo(recorder, "guide", "t");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.GetResponseAsync("Where?"));
        await recorder.FlushAsync();

        Assert.Equal(TrajectoryStatus.Cancelled, Assert.Single(_store.Stored).Status);
    }

    [Fact]
    public async Task GetStreamingResponseAsync_NobodyReadsOn_IsRecordedWithWhatCame()
    {
        await using var recorder = new ProductionRecorder(_store);
        var client = new ScriptedChatClient("go left at once").RecordTo(recorder, "guide", "t");

        await foreach (var update in client.GetStreamingResponseAsync("Where?")) break;
        await recorder.FlushAsync();

        var run = Assert.Single(_store.Stored);
        Assert.Equal((TrajectoryStatus.Cancelled, "go"), (run.Status, run.Nodes[0].Text));
        Assert.Empty(SftExample.From([run]));
    }

    [Fact]
    public async Task GetResponseAsync_HistoryThatGrowsLater_IsRecordedAsItWas()
    {
        var release = new TaskCompletionSource();
        _store.BeforeWrite = () => release.Task;
        await using var recorder = new ProductionRecorder(_store);
        var client = new ScriptedChatClient("left").RecordTo(recorder, "guide", "t");
        List<ChatMessage> history = [new(ChatRole.User, "Where?")];

        var response = await client.GetResponseAsync(history);
        history.AddMessages(response);
        history[0].Contents.Add(new TextContent(" And then?"));
        release.SetResult();
        await recorder.FlushAsync();

        Assert.Equal("Where?", Assert.Single(_store.Stored[0].Nodes[0].Input).Text);
    }

    [Fact]
    public async Task GetResponseAsync_RecorderThatFails_DoesNotFailTheCall()
    {
        await using var recorder = new ProductionRecorder(_store, new() { NewId = () => throw new InvalidOperationException("no id") });
        var client = new ScriptedChatClient("left").RecordTo(recorder, "guide", "t");

        foreach (var isStreamed in (bool[])[false, true]) Assert.Equal("left", (await AskAsync(client, isStreamed)).Text);

        Assert.Equal(2, recorder.GetDroppedCount(DropReason.NotReadable));
    }

    [Fact]
    public async Task GetResponseAsync_NotSampled_IsCountedAndHasAnId()
    {
        await using var recorder = new ProductionRecorder(_store, new() { SamplingRate = 0 });
        var client = new ScriptedChatClient("left").RecordTo(recorder, "guide", "t");

        foreach (var isStreamed in (bool[])[false, true]) Assert.NotNull((await AskAsync(client, isStreamed)).GetTrajectoryId());
        await recorder.FlushAsync();

        Assert.Equal((0, 2), (_store.Stored.Count, recorder.NotSampledCount));
    }

    [Fact]
    public async Task RecordTo_NoTask_IsRefused()
    {
        await using var recorder = new ProductionRecorder(_store);

        Assert.Contains("guide", Assert.Throws<AgentTeamsException>(() => new ScriptedChatClient("x").RecordTo(recorder, "guide", " ")).Message, StringComparison.Ordinal);
    }

    private static async Task<ChatResponse> AskAsync(IChatClient client, bool isStreamed, ChatOptions? options = null) =>
        isStreamed ? await client.GetStreamingResponseAsync("Where?", options).ToChatResponseAsync() : await client.GetResponseAsync("Where?", options);
}
