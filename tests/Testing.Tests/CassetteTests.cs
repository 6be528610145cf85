using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class CassetteTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cassettes").FullName;

    private string File => Path.Combine(_folder, "tests", "plan.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Replay_OfARecordedRun_GivesTheSameRunWithoutAModel()
    {
        var team = SumTeam.Create();
        var script = SumTeam.Script();
        var recording = ChatCassette.Open(File, CassetteMode.RecordMissing);
        var recorded = await RunAsync(team, role => recording.Around(script.Runtime.ChatClientSelector(role)), seed: 1);

        var replaying = ChatCassette.Open(File).Around();
        var replayed = await RunAsync(team, _ => replaying, seed: 2);

        replayed.Check().Completed("5").CalledTool("calculate", 2);
        Assert.Equal(recorded.Nodes.Select(n => n.ToString()), replayed.Nodes.Select(n => n.ToString()));
    }

    [Fact]
    public async Task Replay_RequestThatWasNotRecorded_SaysWhichAndHowToRecordIt()
    {
        await ChatCassette.Open(File, CassetteMode.Record).Around(new ScriptedChatClient("yes")).GetResponseAsync("is it?");
        var client = ChatCassette.Open(File).Around();

        Assert.Equal("yes", (await client.GetResponseAsync("is it?")).Text);
        Assert.Contains("which ends in 'was it?'", (await Assert.ThrowsAsync<CassetteException>(() => client.GetResponseAsync("was it?"))).Message, StringComparison.Ordinal);
        Assert.Contains("no further reply", (await Assert.ThrowsAsync<CassetteException>(() => client.GetResponseAsync("is it?"))).Message, StringComparison.Ordinal);
        Assert.Contains("'is it?'", (await Assert.ThrowsAsync<CassetteException>(() => client.GetResponseAsync("is it?", new() { Temperature = 0 }))).Message, StringComparison.Ordinal);
        Assert.Contains("There is no cassette", Assert.Throws<CassetteException>(() => ChatCassette.Open(File + "x")).Message, StringComparison.Ordinal);
        Assert.Contains("there is no client", Assert.Throws<CassetteException>(() => ChatCassette.Open(File, CassetteMode.Record).Around()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RecordMissing_EqualRequestsAndStreams_AreAnsweredInOrder()
    {
        var model = new ScriptedChatClient("first one", "second one", "third one");
        var recording = ChatCassette.Open(File, CassetteMode.RecordMissing).Around(model);
        await recording.GetResponseAsync("go");
        await recording.GetStreamingResponseAsync("go", new() { Seed = 5 }).ToListAsync();

        var again = ChatCassette.Open(File, CassetteMode.RecordMissing).Around(model);
        string[] replies = [(await again.GetStreamingResponseAsync("go").ToListAsync()).ToChatResponse().Text, (await again.GetResponseAsync("go", new() { Seed = 9 })).Text, (await again.GetResponseAsync("go")).Text];

        Assert.Equal(["first one", "second one", "third one"], replies);
        Assert.Equal(3, model.Calls.Count);
        Assert.Equal(3, System.IO.File.ReadAllLines(File).Length);
    }

    [Fact]
    public async Task Replay_AnotherSchemaOfATool_IsAnotherRequest()
    {
        var one = FakeTool.Of("look", (string what) => what);
        var other = FakeTool.Of("look", (int what) => what);
        await ChatCassette.Open(File, CassetteMode.Record).Around(new ScriptedChatClient("yes")).GetResponseAsync("look", new() { Tools = [one] });
        var client = ChatCassette.Open(File).Around();

        await Assert.ThrowsAsync<CassetteException>(() => client.GetResponseAsync("look", new() { Tools = [other] }));
        Assert.Equal("yes", (await client.GetResponseAsync("look", new() { Tools = [one] })).Text);
    }

    [Fact]
    public async Task Open_DamagedLine_NamesIt()
    {
        await ChatCassette.Open(File, CassetteMode.Record).Around(new ScriptedChatClient("yes")).GetResponseAsync("is it?");
        System.IO.File.AppendAllText(File, "{\"key\":\"x\",\"req");

        Assert.Contains("Line 2 of the cassette", Assert.Throws<CassetteException>(() => ChatCassette.Open(File)).Message, StringComparison.Ordinal);
    }

    private static async Task<Trajectory> RunAsync(SumTeam team, Func<Role, IChatClient> clients, long seed) =>
        (await team.Workflow.RecordAsync(new("2 and 3"), new() { ChatClientSelector = clients }, new() { Seed = new(seed) }, new() { Outcome = s => s.Value })).Trajectory;
}
