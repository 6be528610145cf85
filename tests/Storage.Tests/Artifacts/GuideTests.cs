using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>The code of docs/artifacts.md, which must compile as it stands there, and what it does.</summary>
[Collection(CurrentFolderTests.Name)]
public sealed class ArtifactGuideTests : IDisposable
{
    private readonly CurrentFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Artifacts_EverySnippet_IsCompiledHere() => GuideCode.AssertCompiled(GuideCode.Blocks("docs/artifacts.md"), "GuideTests.cs");

    [Fact]
    public async Task Guide_Chart_IsRead()
    {
        var bytes = new byte[5000];
        using var client = new ScriptedChatClient("A rising line.");
        var scanner = AIFunctionFactory.Create(() => "nothing", "scan");

        var artifacts = new FolderArtifactStore("artifacts");
        var runtime = TeamRuntime.ForAll(client.WithArtifacts(artifacts));
        var scan = scanner.WithArtifacts(artifacts);

        var image = await Artifact.KeepAsync(artifacts, new DataContent(bytes, "image/png") { Name = "chart.png" });
        var reader = new Role { Name = "reader", Tools = [scan] };
        var wf = Workflow.CreateBuilder<Chart>("chart");
        wf.Start(wf.AddRole(reader, s => new ChatMessage(ChatRole.User, [new TextContent("What does it show?"), new UriContent(s.Image, "image/png")]), (s, reply) => s with { Said = reply.Text }));
        var result = await wf.Build().RunAsync(new Chart(image.Uri.ToString()), runtime);

        Assert.Equal("A rising line.", result.State.Said);
        Assert.Equal(bytes, client.Calls.Single().Messages[^1].Contents.OfType<DataContent>().Single().Data.ToArray());
    }

    private sealed record Chart(string Image, string Said = "");
}
