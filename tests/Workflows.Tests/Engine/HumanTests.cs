using System.Text.Json;

namespace AgentTeams.Tests;

public sealed class HumanTests
{
    private sealed record Question(string Text);

    private sealed record Verdict(bool Ok, string Why);

    private static Workflow<Reviews> Approval() => Graphs.Build(wf =>
    {
        var draft = wf.Note("draft");
        wf.From(draft).Then(wf.AddHuman<Question, Verdict>("approve", s => new(s.Topic), (s, v) => s.Note($"{v.Ok}: {v.Why}"))).Then(wf.Note("send"));
        return draft;
    });

    [Fact]
    public async Task RunAsync_NobodyAnswers_EndsAsWaitingWithTheRequest()
    {
        var result = await Approval().RunAsync(new("fly?"), Helpers.NoModel);

        Assert.False(result.IsCompleted);
        var request = Assert.Single(result.Requests);
        Assert.Equal("approve", request.Id);
        Assert.Equal("fly?", request.Read<Question>()?.Text);
        Assert.Equal(["draft"], result.State.Notes);
    }

    [Fact]
    public async Task ResumeAsync_AnsweredFromItsRecords_GoesOnAsIfItHadNeverWaited()
    {
        var workflow = Approval();
        var waiting = await workflow.RunAsync(new("fly?"), Helpers.NoModel);
        var stored = RunState.FromRecords<Reviews>(waiting.Run.ToRecords());

        var answered = await workflow.AnswerAsync(stored, "approve", new Verdict(true, "fine"));
        var result = await workflow.ResumeAsync(answered, Helpers.NoModel);

        Assert.Equal(["draft", "True: fine", "send"], result.State.Notes);
        Assert.Equal(["draft", "approve", "send"], result.Nodes.Select(n => n.Id));
        Assert.Equal(NodeKind.Human, result.Nodes[1].Kind);
    }

    [Fact]
    public async Task RunAsync_Responder_AnswersAtOnce()
    {
        var result = await Approval().RunAsync(new("fly?"), Helpers.NoModel, new() { Responder = (request, _) => new(new Verdict(false, request.Read<Question>()!.Text)) });

        Assert.Equal(["draft", "False: fly?", "send"], result.State.Notes);
    }

    [Fact]
    public async Task AnswerAsync_WrongRequestOrAnswer_NamesWhatIsAskedAndLeavesTheRun()
    {
        var workflow = Approval();
        var waiting = (await workflow.RunAsync(new("fly?"), Helpers.NoModel)).Run;

        Assert.Contains("'approve'", (await Assert.ThrowsAsync<AgentTeamsException>(() => workflow.AnswerAsync(waiting, "approv", new Verdict(true, "")))).Message, StringComparison.Ordinal);
        Assert.Contains("Verdict", (await Assert.ThrowsAsync<AgentTeamsException>(() => workflow.AnswerAsync(waiting, "approve", "yes"))).Message, StringComparison.Ordinal);
        Assert.Contains("Verdict", (await Assert.ThrowsAsync<AgentTeamsException>(() => workflow.AnswerAsync(waiting, "approve", JsonElement.Parse("[1]")))).Message, StringComparison.Ordinal);
        Assert.Single(waiting.Requests);
    }

    [Fact]
    public async Task RunAsync_RequestsInTwoBranchesAndInside_AreAllTold()
    {
        var inner = Approval().Bind((string topic) => new Reviews(topic), s => s.Notes.Count);
        var workflow = Graphs.Build(wf => wf.AddParallel("both", p => p
            .Branch(wf.AddHuman<string, string>("ask", s => s.Topic, (s, a) => s.Note(a)))
            .Branch(wf.AddWorkflow(inner, s => s.Topic, (s, n) => s with { Round = n }))));
        var waiting = await workflow.RunAsync(new("fly?"), Helpers.NoModel);

        Assert.Equal(["ask", "reviews/approve"], waiting.Requests.Select(r => r.Id));
        var one = await workflow.ResumeAsync(await workflow.AnswerAsync(waiting.Run, "reviews/approve", new Verdict(true, "")), Helpers.NoModel);
        Assert.Equal(["ask"], one.Requests.Select(r => r.Id));
        var two = await workflow.ResumeAsync(await workflow.AnswerAsync(one.Run, "ask", "yes"), Helpers.NoModel);
        Assert.True(two.IsCompleted);
        Assert.Equal(["yes"], two.State.Notes);
        Assert.Equal(3, two.State.Round);
    }
}
