using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>Resources and prompts of a server as what roles know.</summary>
public sealed class ContextTests
{
    private const string Resources = """{"resources":[{"uri":"docs://style","name":"style","description":"How to write","mimeType":"text/plain"}]}""";
    private const string Templates = """{"resourceTemplates":[{"uriTemplate":"docs://{topic}/{+path}","name":"topic"}]}""";

    [Fact]
    public async Task ListResources_OfAServer_HasResourcesAndTemplates()
    {
        await using var server = Server();
        await using var tools = await server.ConnectAsync();

        var resources = await tools.ListResourcesAsync();

        Assert.Equal(new McpResource("docs://style", "style", "How to write", "text/plain"), resources[0]);
        Assert.Equal(("docs://{topic}/{+path}", true), (resources[1].Uri, resources[1].IsTemplate));
    }

    [Fact]
    public async Task ReadResource_TextAndBlob_AreContents()
    {
        await using var server = Server();
        await using var tools = await server.ConnectAsync();

        var read = await tools.ReadResourceAsync("docs://style");

        Assert.Equal("Short sentences.", read.Text);
        Assert.Equal(("image/png", 3), (Assert.IsType<DataContent>(read.Contents[1]).MediaType, ((DataContent)read.Contents[1]).Data.Length));
        var e = await Assert.ThrowsAsync<McpToolException>(() => tools.ReadResourceAsync("docs://none"));
        Assert.Equal((McpFailure.Protocol, "docs://none"), (e.Failure, e.Tool));
    }

    [Fact]
    public async Task Resource_InAWorkflow_IsReadThereAndRecorded()
    {
        await using var server = Server();
        await using var tools = await server.ConnectAsync();
        using var client = new ScriptedChatClient("written");
        var wf = Workflow.CreateBuilder<Draft>("write");
        var style = wf.AddTool(tools.Resource("docs://style", "style"), _ => new { }, (s, r) => s with { Style = r.Text });
        var write = wf.AddRole(new Role { Name = "writer" }, s => $"Write by these rules: {s.Style}", (s, r) => s with { Text = r.Text });
        wf.Start(style).Then(write);

        var result = await wf.Build().RunAsync(new("", ""), TeamRuntime.ForAll(client));

        Assert.Equal("Write by these rules: Short sentences.", client.Calls.Single().Messages[^1].Text);
        Assert.Equal(("raw", "style", NodeKind.Tool), (result.Nodes[0].Server, result.Nodes[0].ToolName, result.Nodes[0].Kind));
        Assert.Equal(2, ToolResult.From(result.Nodes[0].Result).Contents.Count);
    }

    [Fact]
    public async Task Resource_Template_IsFilledWithItsArguments()
    {
        await using var server = Server();
        await using var tools = await server.ConnectAsync();

        var topic = tools.Resource("docs://{topic}/{+path}{?page,size}", "topic");
        await topic.InvokeAsync(new() { ["topic"] = "a b/c", ["path"] = "x/y z", ["page"] = 2, ["size"] = "9" });

        Assert.Equal("docs://a%20b%2Fc/x/y%20z?page=2&size=9", (await server.ReceiveAsync("resources/read"))["params"]!["uri"]!.ToString());
        Assert.Throws<AgentTeamsException>(() => tools.Resource("docs://{#topic}", "topic"));
        await Assert.ThrowsAsync<AgentTeamsException>(async () => await topic.InvokeAsync(new() { ["topic"] = "a" }));
    }

    [Fact]
    public async Task Resource_ArgumentThatIsNullOrUnknown_IsNoText()
    {
        await using var server = Server();
        await using var tools = await server.ConnectAsync();
        var topic = tools.Resource("docs://{topic}", "topic");

        Assert.Contains("needs the argument 'topic'", (await Assert.ThrowsAsync<AgentTeamsException>(async () => await topic.InvokeAsync(new() { ["topic"] = System.Text.Json.JsonElement.Parse("null") }))).Message, StringComparison.Ordinal);
        Assert.Contains("has no argument 'page'", (await Assert.ThrowsAsync<AgentTeamsException>(async () => await topic.InvokeAsync(new() { ["topic"] = "a", ["page"] = 2 }))).Message, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Received, m => m["method"]?.ToString() == "resources/read");
    }

    [Fact]
    public async Task Subscribe_ThatIsRefused_HearsNothing()
    {
        await using var server = Server();
        await using var tools = await server.ConnectAsync();
        var heard = new List<string>();

        await Assert.ThrowsAsync<McpToolException>(() => tools.SubscribeAsync("docs://refused", uri =>
        {
            heard.Add(uri);
            return default;
        }));
        await server.SayAsync("""{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"docs://refused"}}""");
        await tools.ReadResourceAsync("docs://style");

        Assert.Empty(heard);
    }

    [Fact]
    public async Task Subscribe_ServerThatNeverAnswersItsEnd_EndsAllTheSame()
    {
        var clock = new TestClock();
        await using var server = new RawServer(RawServer.Tool("look"), "{}")
        {
            Capabilities = """{"tools":{},"resources":{"subscribe":true}}""",
            Answers = new Dictionary<string, Func<string?, string>> { ["resources/subscribe"] = _ => "{}", ["resources/unsubscribe"] = _ => null! },
        };
        await using var tools = await server.ConnectAsync(o => o with { TimeProvider = clock });
        var subscription = await tools.SubscribeAsync("docs://style", _ => default);

        var ending = subscription.DisposeAsync();
        await server.ReceiveAsync("resources/unsubscribe");
        clock.Advance(TimeSpan.FromSeconds(31));
        await ending.AsTask().WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task ListResources_OneIsUnreadable_KeepsTheOthers()
    {
        await using var server = new RawServer(RawServer.Tool("read"), "")
        {
            Capabilities = """{"tools":{},"resources":{},"prompts":{}}""",
            Answers = new Dictionary<string, Func<string?, string>>
            {
                ["resources/list"] = _ => """{"resources":[{"uri":"docs://odd","name":"\ud800"},7,{"uri":"docs://style","name":"style"}]}""",
                ["resources/templates/list"] = _ => """{"resourceTemplates":[]}""",
                ["prompts/list"] = _ => """{"prompts":[{"name":"odd","description":"\ud800"},null,{"name":"fix"}]}""",
            },
        };
        await using var tools = await server.ConnectAsync();

        Assert.Equal("docs://style", Assert.Single(await tools.ListResourcesAsync()).Uri);
        Assert.Equal("fix", Assert.Single(await tools.ListPromptsAsync()).Name);
    }

    [Fact]
    public async Task Prompt_WithArguments_GivesItsMessages()
    {
        await using var server = Server();
        await using var tools = await server.ConnectAsync();

        var prompt = Assert.Single(await tools.ListPromptsAsync());
        var messages = await tools.GetPromptAsync("review", new Dictionary<string, string> { ["language"] = "C#" });

        Assert.Equal(("review", "language", true), (prompt.Name, prompt.Arguments[0].Name, prompt.Arguments[0].IsRequired));
        Assert.Equal([(ChatRole.User, "Review this."), (ChatRole.Assistant, "Gladly.")], messages.Select(m => (m.Role, m.Text)));
        Assert.Equal("Review this.\nGladly.", ToolResult.From(await tools.Prompt(prompt).InvokeAsync(new() { ["language"] = "C#" })).Text);
        Assert.Equal("C#", (await server.ReceiveAsync("prompts/get"))["params"]!["arguments"]!["language"]!.ToString());
    }

    [Fact]
    public async Task Subscribe_ResourceChanges_IsHeardUntilItEnds()
    {
        await using var server = Server();
        await using var tools = await server.ConnectAsync();
        var changed = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (await tools.SubscribeAsync("docs://style", uri =>
        {
            changed.TrySetResult(uri);
            return default;
        }))
        {
            await server.SayAsync("""{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"docs://other"}}""");
            await server.SayAsync("""{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"docs://style"}}""");
            Assert.Equal("docs://style", await changed.Task.WaitAsync(TimeSpan.FromSeconds(30)));
        }

        Assert.Equal("docs://style", (await server.ReceiveAsync("resources/unsubscribe").WaitAsync(TimeSpan.FromSeconds(30)))["params"]!["uri"]!.ToString());
    }

    [Fact]
    public async Task Subscribe_OfTheNewestProtocol_IsAskedForAndHeard()
    {
        await using var server = new RawServer(RawServer.Tool("look"), "{}") { IsNewest = true };
        await using var tools = await server.ConnectAsync();
        var changed = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var subscribing = tools.SubscribeAsync("docs://style", uri =>
        {
            changed.TrySetResult(uri);
            return default;
        });
        while (!server.Received.Any(m => m["params"]?["notifications"]?["resourceSubscriptions"] is not null)) await Task.Yield();

        await server.SayAsync("""{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"notifications":{"resourceSubscriptions":["docs://style"]}}}""");
        await using (await subscribing.WaitAsync(TimeSpan.FromSeconds(30)))
        {
            await server.SayAsync("""{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"docs://style"}}""");
            Assert.Equal("docs://style", await changed.Task.WaitAsync(TimeSpan.FromSeconds(30)));
        }
    }

    [Fact]
    public async Task List_ServerHasNeither_IsEmpty()
    {
        await using var server = new RawServer(RawServer.Tool("look"), "{}");
        await using var tools = await server.ConnectAsync();

        Assert.Empty(await tools.ListResourcesAsync());
        Assert.Empty(await tools.ListPromptsAsync());
    }

    private static RawServer Server() => new(RawServer.Tool("look"), "{}")
    {
        Capabilities = """{"tools":{},"resources":{"subscribe":true},"prompts":{}}""",
        Answers = new Dictionary<string, Func<string?, string>>
        {
            ["resources/list"] = _ => Resources,
            ["resources/templates/list"] = _ => Templates,
            ["resources/read"] = uri => uri == "docs://none" ? "" : """{"contents":[{"uri":"docs://style","mimeType":"text/plain","text":"Short sentences."},{"uri":"docs://logo","mimeType":"image/png","blob":"AQID"}]}""",
            ["resources/subscribe"] = uri => uri == "docs://refused" ? "" : "{}",
            ["resources/unsubscribe"] = _ => "{}",
            ["prompts/list"] = _ => """{"prompts":[{"name":"review","arguments":[{"name":"language","required":true}]}]}""",
            ["prompts/get"] = _ => """{"messages":[{"role":"user","content":{"type":"text","text":"Review this."}},{"role":"assistant","content":{"type":"text","text":"Gladly."}}]}""",
        },
    };

    private sealed record Draft(string Style, string Text);
}
