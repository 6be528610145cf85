using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class ArtifactTests : IDisposable
{
    private static readonly byte[] Picture = [.. Enumerable.Range(0, 60_000).Select(i => (byte)(i * 37 % 251))];
    private static readonly string InBase64 = Convert.ToBase64String(Picture)[..60];
    private readonly string _folder = Directory.CreateTempSubdirectory("artifacts").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task RunAsync_ImageThroughATeam_IsInNoRecordAndSeenByEveryModel()
    {
        var (store, journals) = (new FolderArtifactStore(Path.Combine(_folder, "artifacts")), new FileCheckpointStore(Path.Combine(_folder, "journals")));
        var seen = new List<byte[]>();
        var model = new ScriptedChatClient(call =>
        {
            seen.AddRange(call.Messages.SelectMany(m => m.Contents.Concat(m.Contents.OfType<FunctionResultContent>().SelectMany(f => f.Result as IEnumerable<AIContent> ?? []))).OfType<DataContent>().Select(d => d.Data.ToArray()));
            return call.Index switch
            {
                0 => ScriptedReply.Say("a chart"),
                1 => ScriptedReply.CallTool("scan"),
                2 => new ChatResponse(new ChatMessage(ChatRole.Assistant, [new TextContent("as this:"), new DataContent(Picture, "image/png") { Name = "drawn.png" }])),
                _ => ScriptedReply.Say("done"),
            };
        });
        var scan = AIFunctionFactory.Create(() => new DataContent(Picture, "image/png"), "scan").WithArtifacts(store);
        var image = await Artifact.KeepAsync(store, new DataContent(Picture, "image/png") { Name = "chart.png" });
        var wf = Workflow.CreateBuilder<Look>("look");
        ChatMessage See(string text, params AIContent[] parts) => new(ChatRole.User, [new TextContent(text), .. parts]);
        var read = wf.AddRole(new() { Name = "reader" }, s => See("What is it?", new UriContent(s.Image, "image/png")), (s, r) => s with { Said = r.Text });
        var draw = wf.AddRole(new() { Name = "drawer", Tools = [scan] }, s => "Scan and draw.", (s, r) => s with { Drawn = r.Messages.SelectMany(m => m.Contents).OfType<UriContent>().Single().Uri.ToString() });
        var judge = wf.AddRole(new() { Name = "judge" }, s => See("Alike?", new UriContent(s.Image, "image/png"), new UriContent(s.Drawn, "image/png")), (s, r) => s with { Said = r.Text });
        wf.Start(read).Then(draw).Then(judge);

        var run = await wf.Build().RecordAsync(new Look(image.Uri.ToString()), TeamRuntime.ForAll(model.WithArtifacts(store)), new() { Checkpoints = journals, RunId = "run" });

        Assert.Equal(TrajectoryStatus.Completed, run.Trajectory.Status);
        Assert.Equal(4, seen.Count);
        Assert.All(seen, bytes => Assert.Equal(Picture, bytes));
        var written = JsonSerializer.Serialize(run.Trajectory, TrajectoryJson.Options);
        Assert.DoesNotContain(InBase64, written, StringComparison.Ordinal);
        Assert.InRange(written.Length, 1, 12_000);
        Assert.All(Directory.EnumerateFiles(Path.Combine(_folder, "journals"), "*", SearchOption.AllDirectories), f => Assert.DoesNotContain(InBase64, Encoding.UTF8.GetString(File.ReadAllBytes(f)), StringComparison.Ordinal));
        Assert.Single(Directory.EnumerateFiles(Path.Combine(_folder, "artifacts"), "*", SearchOption.AllDirectories));
        Assert.Equal(run.State!.Image, run.State.Drawn);

        // Another process finds it by what the record holds.
        var read2 = JsonSerializer.Deserialize<Trajectory>(written, TrajectoryJson.Options)!;
        var reference = read2.Nodes[0].Input[^1].Contents.OfType<UriContent>().Single();
        var found = await Artifact.FindAsync(new FolderArtifactStore(Path.Combine(_folder, "artifacts")), reference);
        Assert.Equal(Picture, found.Data.ToArray());
    }

    [Fact]
    public async Task GetStreamingResponse_DataInAnUpdate_BecomesAReferenceAndSmallDataStay()
    {
        var store = new InMemoryArtifactStore();
        using var model = new ScriptedChatClient(new ChatResponse(new ChatMessage(ChatRole.Assistant, [new DataContent(Picture, "image/png") { Name = "a.png" }, new DataContent(new byte[] { 1 }, "image/png")])));
        using var client = model.WithArtifacts(store);
        var contents = (await client.GetStreamingResponseAsync("draw").ToListAsync()).SelectMany(u => u.Contents).ToList();

        Assert.True(Artifact.IsReference(contents[0], out var id));
        Assert.Equal(("sha256-", "a.png"), (id[..7], (await Artifact.FindAsync(store, (UriContent)contents[0])).Name));
        Assert.IsType<DataContent>(contents[1]);
        Assert.Equal(1, store.Count);
    }

    [Fact]
    public async Task WithArtifacts_ToolThatGivesValues_GivesThemStill()
    {
        var store = new InMemoryArtifactStore();
        Assert.Equal("5", $"{await AIFunctionFactory.Create(() => 5, "five").WithArtifacts(store).InvokeAsync()}");
        Assert.Equal("text", $"{await AIFunctionFactory.Create(() => "text", "text").WithArtifacts(store).InvokeAsync()}");
        Assert.Equal(0, store.Count);
    }

    [Fact]
    public async Task Find_MissingDamagedOrForeignId_IsToldApart()
    {
        var store = new FolderArtifactStore(_folder);
        var image = await Artifact.KeepAsync(store, new DataContent(Picture, "image/png"));
        var other = await Artifact.KeepAsync(new InMemoryArtifactStore(), new DataContent(new byte[2000], "image/png"));

        Assert.Contains("is not in the store", (await Assert.ThrowsAsync<ArtifactException>(async () => await Artifact.FindAsync(store, other))).Message, StringComparison.Ordinal);
        Assert.Contains("refers to no artifact", (await Assert.ThrowsAsync<ArtifactException>(async () => await Artifact.FindAsync(store, new("https://example.org/a.png", "image/png")))).Message, StringComparison.Ordinal);
        foreach (var id in new[] { "../../etc/passwd", "sha256-../../../../../../../../../../../../../../../../../../../../../../../etc", "" }) Assert.Null(await store.FindAsync(id));
        var file = Directory.EnumerateFiles(_folder, "sha256-*", SearchOption.AllDirectories).Single();
        await File.WriteAllBytesAsync(file, Picture[1..]);
        Assert.Contains("is not what was kept", (await Assert.ThrowsAsync<ArtifactException>(async () => await Artifact.FindAsync(store, image))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Put_SameDataConcurrently_IsKeptOnce()
    {
        var store = new FolderArtifactStore(_folder);
        var ids = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => Task.Run(async () => await store.PutAsync(Picture))));

        Assert.Single(ids.Distinct());
        Assert.Single(Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task McpImage_ToolOfAServer_IsKept()
    {
        var store = new InMemoryArtifactStore();
        var result = JsonSerializer.SerializeToElement(new { content = new object[] { new { type = "text", text = "here" }, new { type = "image", data = Convert.ToBase64String(Picture), mimeType = "image/png" } }, isError = false });
        var tool = AIFunctionFactory.Create(() => result, "snap").WithArtifacts(store);

        var answer = ToolResult.From(await tool.InvokeAsync());

        Assert.Equal("here", answer.Text);
        Assert.True(Artifact.IsReference(answer.Contents[1], out _));
        Assert.Equal(1, store.Count);
    }

    private sealed record Look(string Image, string Drawn = "", string Said = "");
}
