using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class JsonlTrajectoryStoreTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("store");

    private string File => Path.Combine(_folder.FullName, "run", "trajectories.jsonl");

    public void Dispose() => _folder.Delete(recursive: true);

    private static Trajectory Sample(string id) =>
        Make.Trajectory(id, [Make.Node("a", "coder", 0, $"reply of {id}\n\"ü\"")], "g", Reward.ForTrajectory("outcome", 1));

    private static async Task<string[]> Ids(JsonlTrajectoryStore store)
    {
        var ids = new List<string>();
        await foreach (var trajectory in store.ReadAllAsync()) ids.Add(trajectory.Id);
        return [.. ids];
    }

    private async Task Fill(params string[] ids)
    {
        using var store = await JsonlTrajectoryStore.OpenAsync(File);
        Assert.Equal(ids.Length, await store.AppendAsync([.. ids.Select(Sample)]));
    }

    [Fact]
    public async Task SetRewards_StoredTrajectory_ReplacesThemAlsoAfterReopening()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("agentteams").FullName, "t.jsonl");
        var (one, two) = (Make.Trajectory("one", [Make.Node("a", "a")], "g", Reward.ForTrajectory("old", 1)), Make.Trajectory("two", [Make.Node("a", "a")]));
        using (var store = await JsonlTrajectoryStore.OpenAsync(path))
        {
            await store.AppendAsync([one, two]);
            await store.SetRewardsAsync([one with { Rewards = [Reward.ForTrajectory("new", 2)] }, Make.Trajectory("stranger", [])]);
            await store.SetRewardsAsync([one with { Rewards = [Reward.ForTrajectory("newest", 3)] }]);
            Assert.Equal(("newest", 3.0), await FirstReward(store));
        }

        using var reopened = await JsonlTrajectoryStore.OpenAsync(path);
        Assert.Equal((2, 0), (reopened.Count, reopened.Damaged.Length));
        Assert.Equal(("newest", 3.0), await FirstReward(reopened));
        Assert.Empty((await reopened.FindAsync("two"))!.Rewards);
        Assert.Equal(4, System.IO.File.ReadLines(path).Count());

        static async Task<(string, double)> FirstReward(JsonlTrajectoryStore store)
        {
            var found = (await store.FindAsync("one"))!;
            Assert.Equal(found.Rewards.ToArray(), (await store.ReadAllAsync().ToListAsync())[0].Rewards.ToArray());
            return (found.Rewards.Single().Name, found.Rewards.Single().Value);
        }
    }

    [Fact]
    public async Task SetRewards_TrajectoryLineDamagedAndStoredAgain_OldRewardsAreNotTakenForNewOnes()
    {
        using (var store = await JsonlTrajectoryStore.OpenAsync(File))
        {
            await store.AppendAsync([Sample("1"), Sample("2")]);
            await store.SetRewardsAsync([Sample("1") with { Rewards = [Reward.ForTrajectory("old", 7)] }]);
        }

        var bytes = await System.IO.File.ReadAllBytesAsync(File);
        bytes[40] ^= 1;
        await System.IO.File.WriteAllBytesAsync(File, bytes);
        using (var store = await JsonlTrajectoryStore.OpenAsync(File))
        {
            Assert.Equal(1, store.Damaged.Single().Line);
            Assert.True(await store.AppendAsync(Sample("1")));
            Assert.Equal("outcome", (await store.FindAsync("1"))!.Rewards.Single().Name);
        }

        using var reopened = await JsonlTrajectoryStore.OpenAsync(File);
        Assert.Equal("outcome", (await reopened.FindAsync("1"))!.Rewards.Single().Name);
    }

    [Fact]
    public async Task AppendAsync_Reopened_KeepsOrderAndContent()
    {
        await Fill("1", "2");
        using var store = await JsonlTrajectoryStore.OpenAsync(File, new() { FlushToDisk = true });
        Assert.True(await store.AppendAsync(Sample("3")));
        Assert.Equal(["1", "2", "3"], await Ids(store));
        Assert.Equal(TrajectoryJson.Serialize(Sample("2")), TrajectoryJson.Serialize((await store.FindAsync("2"))!));
        Assert.Null(await store.FindAsync("4"));
    }

    [Fact]
    public async Task AppendAsync_ARepliesPartCannotBeWritten_TheBatchIsKeptAndItIsSaidOnce()
    {
        static Trajectory Odd(string id) => Sample(id) with
        {
            Nodes = [Make.Node("a", "coder") with { Output = [new(ChatRole.Assistant, [new TextContent("seen"), new OddContent()])] }],
        };
        using var logger = new RecordingLogger();
        using (var store = await JsonlTrajectoryStore.OpenAsync(File, new() { LoggerFactory = logger }))
            Assert.Equal(4, await store.AppendAsync([Sample("1"), Odd("2"), Odd("3"), Sample("4")]));

        using var again = await JsonlTrajectoryStore.OpenAsync(File);
        Assert.Equal(["1", "2", "3", "4"], await Ids(again));
        var contents = (await again.FindAsync("2"))!.Nodes[0].Output[0].Contents;
        Assert.Equal("seen", Assert.IsType<TextContent>(contents[0]).Text);
        Assert.Equal(typeof(OddContent).FullName, contents[1].AdditionalProperties!["$unserializable"]!.ToString());
        Assert.Contains(nameof(OddContent), Assert.Single(logger.Messages), StringComparison.Ordinal);
        using var chat = new StringWriter();
        Assert.Equal(1, await TrajectoryExport.WriteChatAsync(new[] { Odd("5") }.ToAsyncEnumerable(), chat));
    }

    private sealed class OddContent : AIContent
    {
        public Stream Body { get; } = new MemoryStream();
    }

    [Fact]
    public async Task AppendAsync_KnownIds_AreLeftAsTheyAre()
    {
        await Fill("1");
        using var store = await JsonlTrajectoryStore.OpenAsync(File);
        Assert.False(await store.AppendAsync(Sample("1") with { Outcome = "changed" }));
        Assert.Equal(1, await store.AppendAsync([Sample("2"), Sample("2"), Sample("1")]));
        Assert.Equal("1", (await store.FindAsync("1"))!.Outcome);
        Assert.Equal(2, store.Count);
    }

    [Fact]
    public async Task AppendAsync_Lines_ArePlainJsonWithChecksumLast()
    {
        await Fill("1", "2");
        foreach (var line in await System.IO.File.ReadAllLinesAsync(File))
        {
            using var json = JsonDocument.Parse(line);
            Assert.Equal("checksum", json.RootElement.EnumerateObject().Last().Name);
        }
    }

    [Fact]
    public async Task OpenAsync_CutAtEveryByte_KeepsAllWholeRecordsAndGoesOn()
    {
        await Fill("1", "2");
        var whole = await System.IO.File.ReadAllBytesAsync(File);
        var first = Array.IndexOf(whole, (byte)'\n') + 1;
        for (var length = 0; length <= whole.Length; length++)
        {
            await System.IO.File.WriteAllBytesAsync(File, whole[..length]);
            string[] left = length >= whole.Length - 1 ? ["1", "2"] : length >= first - 1 ? ["1"] : [];
            using (var store = await JsonlTrajectoryStore.OpenAsync(File))
            {
                Assert.Equal(left, await Ids(store));
                Assert.True(store.Damaged.IsEmpty);
                Assert.True(await store.AppendAsync(Sample("3")));
            }

            using var again = await JsonlTrajectoryStore.OpenAsync(File);
            string[] expected = [.. left, "3"];
            Assert.Equal(expected, await Ids(again));
            Assert.True(again.Damaged.IsEmpty);
        }
    }

    [Theory]
    [InlineData("\r\n", false)]
    [InlineData("\r\n", true)]
    [InlineData("\n", true)]
    [InlineData("\r\r\n", true)]
    public async Task OpenAsync_LineEndsAndMarkOfAnotherSystem_KeepsEveryLineAndGoesOn(string lineEnd, bool mark)
    {
        await Fill("1", "2", "3");
        byte[] Converted(string text) =>
            [.. mark ? Encoding.UTF8.Preamble : [], .. Encoding.UTF8.GetBytes(text.Replace("\n", lineEnd, StringComparison.Ordinal))];
        var text = await System.IO.File.ReadAllTextAsync(File);
        for (var cut = 0; cut <= lineEnd.Length; cut++)
        {
            await System.IO.File.WriteAllBytesAsync(File, Converted(text)[..^cut]);
            using (var store = await JsonlTrajectoryStore.OpenAsync(File))
            {
                Assert.True(store.Damaged.IsEmpty);
                Assert.Equal(["1", "2", "3"], await Ids(store));
                Assert.Equal("2", (await store.FindAsync("2"))!.Outcome);
                Assert.True(await store.AppendAsync(Sample("4")));
            }

            using var again = await JsonlTrajectoryStore.OpenAsync(File);
            Assert.Equal(["1", "2", "3", "4"], await Ids(again));
            Assert.True(again.Damaged.IsEmpty);
        }

        await System.IO.File.WriteAllBytesAsync(File, Converted(text.Replace("reply of 2", "reply of X", StringComparison.Ordinal)));
        using var damaged = await JsonlTrajectoryStore.OpenAsync(File);
        Assert.Equal(2, Assert.Single(damaged.Damaged).Line);
        Assert.Equal(["1", "3"], await Ids(damaged));
    }

    [Fact]
    public async Task OpenAsync_OnlyAMark_IsAnEmptyStore()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        await System.IO.File.WriteAllBytesAsync(File, Encoding.UTF8.GetPreamble());
        using (var store = await JsonlTrajectoryStore.OpenAsync(File)) Assert.True(await store.AppendAsync(Sample("1")));
        using var again = await JsonlTrajectoryStore.OpenAsync(File);
        Assert.Equal(["1"], await Ids(again));
    }

    [Fact]
    public void Deserialize_LineWithAMark_IsRead() =>
        Assert.Equal("1", TrajectoryJson.Deserialize([.. Encoding.UTF8.Preamble, .. TrajectoryJson.Serialize(Sample("1"))]).Id);

    [Fact]
    public async Task OpenAsync_EarlierLineDamaged_IsSkippedReportedAndKept()
    {
        await Fill("1", "2", "3");
        var text = await System.IO.File.ReadAllTextAsync(File);
        var damaged = text.Replace("reply of 2", "reply of X", StringComparison.Ordinal);
        await System.IO.File.WriteAllTextAsync(File, damaged);
        using (var store = await JsonlTrajectoryStore.OpenAsync(File))
        {
            Assert.Equal(["1", "3"], await Ids(store));
            Assert.Equal(2, Assert.Single(store.Damaged).Line);
            Assert.True(await store.AppendAsync(Sample("2")));
        }

        Assert.StartsWith(damaged, await System.IO.File.ReadAllTextAsync(File), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_LastLineEdited_IsNeverCutOff()
    {
        await Fill("1");
        var edited = (await System.IO.File.ReadAllTextAsync(File)).Replace("reply of 1", "my own words", StringComparison.Ordinal);
        await System.IO.File.WriteAllTextAsync(File, edited);
        using (var store = await JsonlTrajectoryStore.OpenAsync(File)) Assert.Equal(1, Assert.Single(store.Damaged).Line);
        Assert.Equal(edited, await System.IO.File.ReadAllTextAsync(File));
    }

    [Fact]
    public async Task OpenAsync_TornAndDamagedLines_AreLogged()
    {
        await Fill("1", "2", "3");
        var text = (await System.IO.File.ReadAllTextAsync(File)).Replace("reply of 1", "reply of X", StringComparison.Ordinal);
        await System.IO.File.WriteAllTextAsync(File, text[..^9]);
        using var log = new RecordingLogger();
        using var store = await JsonlTrajectoryStore.OpenAsync(File, new() { LoggerFactory = log });
        Assert.Equal(["2"], await Ids(store));
        Assert.Contains("Line 1 ", log.Messages[0], StringComparison.Ordinal);
        Assert.Contains("last line (3)", log.Messages[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_IdTwice_ReadsTheFirst()
    {
        await Fill("1");
        await System.IO.File.WriteAllBytesAsync(File, [.. await System.IO.File.ReadAllBytesAsync(File), .. await System.IO.File.ReadAllBytesAsync(File)]);
        using var store = await JsonlTrajectoryStore.OpenAsync(File);
        Assert.Equal(["1"], await Ids(store));
        Assert.Contains("'1'", Assert.Single(store.Damaged).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"step\":1,\"loss\":2}\n")]
    [InlineData("notes")]
    public async Task OpenAsync_AnotherKindOfFile_IsRefusedAndLeftAlone(string content)
    {
        var path = Path.Combine(_folder.FullName, "notes.txt");
        await System.IO.File.WriteAllTextAsync(path, content);
        await Assert.ThrowsAsync<AgentTeamsException>(() => JsonlTrajectoryStore.OpenAsync(path));
        Assert.Equal(content, await System.IO.File.ReadAllTextAsync(path));
    }

    [Fact]
    public async Task OpenAsync_PathIsAFolderOrBelowAFile_NamesThePath()
    {
        await Fill("1");
        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => JsonlTrajectoryStore.OpenAsync(_folder.FullName));
        Assert.Contains(_folder.FullName, error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<AgentTeamsException>(() => JsonlTrajectoryStore.OpenAsync(Path.Combine(File, "below")));
    }

    [Fact]
    public async Task OpenAsync_SecondWriter_IsRefused()
    {
        using var store = await JsonlTrajectoryStore.OpenAsync(File);
        await Assert.ThrowsAsync<AgentTeamsException>(() => JsonlTrajectoryStore.OpenAsync(File));
    }

    [Fact]
    public async Task AppendAsync_ManyWriters_LoseAndDoubleNothing()
    {
        using (var store = await JsonlTrajectoryStore.OpenAsync(File))
        {
            var results = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() => store.AppendAsync(Sample($"{i % 100}")))));
            Assert.Equal(100, results.Count(added => added));
        }

        using var again = await JsonlTrajectoryStore.OpenAsync(File);
        Assert.Equal(100, (await Ids(again)).Distinct().Count());
    }

    [Fact]
    public async Task OpenAsync_LineLongerThanTheBuffer_IsRead()
    {
        var big = Sample("big") with { Outcome = new string('x', 300_000) };
        using (var store = await JsonlTrajectoryStore.OpenAsync(File)) await store.AppendAsync([Sample("1"), big, Sample("2")]);
        using var again = await JsonlTrajectoryStore.OpenAsync(File);
        Assert.Equal(["1", "big", "2"], await Ids(again));
        Assert.Equal(300_000, (await again.FindAsync("big"))!.Outcome!.Length);
    }

    [Fact]
    public async Task OpenAsync_WhileOpen_OthersMayRead()
    {
        using var store = await JsonlTrajectoryStore.OpenAsync(File);
        await store.AppendAsync(Sample("1"));
        using var reader = new StreamReader(new FileStream(File, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        Assert.Equal("1", TrajectoryJson.Deserialize(Encoding.UTF8.GetBytes((await reader.ReadLineAsync())!)).Id);
    }
}
