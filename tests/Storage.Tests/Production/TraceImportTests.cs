using System.Text;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class TraceImportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("import").FullName;
    private readonly List<DamagedLine> _damaged = [];

    private ImportOptions Options => new() { OnDamaged = _damaged.Add };

    [Fact]
    public async Task ReadTrajectoriesAsync_LinesOfAStore_ComeBackWithTheirNewestRewards()
    {
        var path = Path.Combine(_folder, "runs.jsonl");
        Trajectory[] runs = [Make.Trajectory("a", [Make.Node("n", "coder")]), Make.Trajectory("b", [Make.Node("n", "coder")])];
        using (var store = await JsonlTrajectoryStore.OpenAsync(path))
        {
            await store.AppendAsync(runs);
            await store.AddRewardsAsync("a", [Reward.ForTrajectory("thumb", 1)]);

            // While it is held by its writer.
            Assert.Equal(2, (await TraceImport.ReadTrajectoriesAsync(path, Options).ToListAsync()).Count);
        }

        // An editor wrote one line anew, without a checksum, and broke another.
        var lines = await File.ReadAllLinesAsync(path);
        await File.WriteAllLinesAsync(path, [lines[0], lines[1].Replace("\"w\"", "\"v\"", StringComparison.Ordinal), lines[2], "",
            Encoding.UTF8.GetString(TrajectoryJson.Serialize(runs[0] with { Id = "c" })), lines[0]]);
        var read = await TraceImport.ReadTrajectoriesAsync(path, Options).ToListAsync();

        Assert.Equal(["a", "c"], read.Select(t => t.Id));
        Assert.Equal("thumb", Assert.Single(read[0].Rewards).Name);
        Assert.Equal([2, 6], _damaged.Select(d => d.Line));
        Assert.Contains("checksum", _damaged[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadChatLogAsync_FineTuningForm_IsATrajectoryForEachLine()
    {
        var path = Write("log.jsonl", """
            {"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"6 and 2?"},{"role":"assistant","content":"8"}]}
            {"id":"chat-7","role_name":"coder","task":"sums","outcome":"right","rewards":{"thumb":1,"resolved":true},"messages":[{"role":"user","content":"1 and 1?"},{"role":"assistant","content":"2"},{"role":"user","content":"sure?"},{"role":"assistant","content":"yes"}]}
            {"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"rewards":[{"name":"style","value":0.5,"weight":2,"source":"editor"},{"scope":"role","target":"assistant","name":"tone","value":1}]}
            """);

        var read = await TraceImport.ReadChatLogAsync(path, Options).ToListAsync();

        Assert.Empty(_damaged);
        Assert.Equal(("assistant", "8", TrajectoryStatus.Completed), (read[0].Nodes[0].Role, read[0].Outcome, read[0].Status));
        Assert.Equal(["system", "user"], read[0].Nodes[0].Input.Select(m => m.Role.Value));
        Assert.Equal(("chat-7", "sums", "right"), (read[1].Id, read[1].TaskId, read[1].Outcome));
        Assert.Equal([("coder", 0, 1), ("coder#2", 1, 3)], read[1].Nodes.Select(n => (n.Id, n.Turn, n.Input.Length)));
        Assert.Equal([("thumb", 1.0), ("resolved", 1.0)], read[1].Rewards.Select(r => (r.Name, r.Value)));
        Assert.Equal([Reward.ForTrajectory("style", 0.5, 2) with { Source = "editor" }, Reward.ForRole("assistant", "tone", 1)], read[2].Rewards.ToArray());
        Assert.Equal(["8", "2", "yes", "b"], SftExample.From(read).Select(e => e.Reply));
        Assert.All(SftExample.From(read), e => Assert.Equal((null, null), (e.Tokens, e.SampledBy)));
    }

    [Fact]
    public async Task ReadChatLogAsync_ToolCalls_AreNodesOfTheirOwn()
    {
        var path = Write("log.jsonl", """
            {"agent":"helper","messages":[{"role":"user","content":[{"type":"text","text":"Weather?"},{"type":"image_url","image_url":{"url":"https://example.org/a.png"}}]},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Ulm\"}"}},{"id":"c2","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Bonn\"}"}}]},{"role":"tool","tool_call_id":"c1","content":"sun"},{"role":"tool","tool_call_id":"c2","content":"rain"},{"role":"assistant","content":"Sun in Ulm.","weight":1},{"role":"assistant","content":"Not to learn.","weight":0}]}
            """);

        var nodes = (await TraceImport.ReadChatLogAsync(path, Options).SingleAsync()).Nodes;

        Assert.Equal(["helper", "weather", "weather#2", "helper#2"], nodes.Select(n => n.Id));
        Assert.Equal([[], ["helper"], ["helper"], ["weather", "weather#2"]], nodes.Select(n => n.Parents.ToArray()));
        Assert.Equal(("""{"city":"Bonn"}""", "rain"), (nodes[2].Arguments!.Value.GetRawText(), nodes[2].Result!.Value.GetString()));
        Assert.Equal("weather", nodes[0].Output[0].Contents.OfType<FunctionCallContent>().First().Name);
        Assert.Equal(4, nodes[3].Input.Length);
    }

    [Fact]
    public async Task ReadChatLogAsync_OwnExport_ReadsBack()
    {
        var run = Make.Trajectory("a", [Make.Node("n", "coder", text: "done")]);
        using var writer = new StringWriter();
        await TrajectoryExport.WriteChatAsync(new[] { run }.ToAsyncEnumerable(), writer);

        var read = await TraceImport.ReadChatLogAsync(Write("chat.jsonl", writer.ToString()), Options).SingleAsync();

        Assert.Equal(("coder", "done"), (read.Nodes[0].Role, read.Outcome));
        Assert.Equal(run.Nodes[0].Input.Select(m => m.Text), read.Nodes[0].Input.Select(m => m.Text));
    }

    private const string ThreeLines = """
        {"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}
        {"messages":[{"role":"user","content":"a"
        {"messages":[{"role":"user","content":"only asked"}]}
        {"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}
        """;

    [Fact]
    public async Task ImportAsync_DamagedLines_AreSkippedWithTheirNumbers()
    {
        var path = Write("log.jsonl", ThreeLines);
        using var store = new SqliteTrajectoryStore(Path.Combine(_folder, "runs.db"));

        Assert.Equal(new(2, 0), await store.ImportAsync(TraceImport.ReadChatLogAsync(path, Options)));
        Assert.Equal([2, 3], _damaged.Select(d => d.Line));
        Assert.Contains("assistant", _damaged[1].Reason, StringComparison.Ordinal);
        Assert.Equal(new(0, 2), await store.ImportAsync(TraceImport.ReadChatLogAsync(path)));
    }

    [Fact]
    public async Task ImportAsync_DamageThatIsRefused_KeepsWhatCameBefore()
    {
        var path = Write("log.jsonl", ThreeLines);
        var store = new MemoryStore();

        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => store.ImportAsync(TraceImport.ReadChatLogAsync(path, new() { RefuseDamaged = true })));

        Assert.Contains($"Line 2 of '{path}'", error.Message, StringComparison.Ordinal);
        Assert.Single(store.Stored);
    }

    [Fact]
    public async Task ReadChatLogAsync_NoFile_IsNamed()
    {
        var path = Path.Combine(_folder, "nowhere.jsonl");

        Assert.Contains(path, (await Assert.ThrowsAsync<AgentTeamsException>(async () => await TraceImport.ReadChatLogAsync(path).ToListAsync())).Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
