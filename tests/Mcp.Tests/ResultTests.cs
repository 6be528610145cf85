namespace AgentTeams.Tests;

/// <summary>What a result must be for a caller to be given it.</summary>
public sealed class ResultTests
{
    private const string Weather = """{"name":"weather","inputSchema":{"type":"object"},"outputSchema":{"type":"object","required":["degrees"],"properties":{"degrees":{"type":"number"},"days":{"type":"array","items":{"type":"object","properties":{"rain":{"type":"boolean"}}}}}}}""";

    [Theory]
    [InlineData("""{"degrees":3}""", null)]
    [InlineData("""{"degrees":"three"}""", "at '/degrees'")]
    [InlineData("""{"degrees":3,"days":[{"rain":true},{"rain":"some"}]}""", "at '/days/1/rain'")]
    [InlineData("""{}""", "degrees")]
    public async Task Call_StructuredResult_KeepsTheOutputSchemaOrFails(string structured, string? said)
    {
        await using var server = new RawServer(Weather, $$"""{"content":[],"structuredContent":{{structured}}}""");
        await using var tools = await server.ConnectAsync();

        var e = await Record.ExceptionAsync(async () => await tools["weather"].InvokeAsync());

        if (said is null) Assert.Null(e);
        else Assert.Equal((McpFailure.InvalidResult, true), (Assert.IsType<McpToolException>(e).Failure, e.Message.Contains(said, StringComparison.Ordinal)));
        await using var lenient = new RawServer(Weather, $$"""{"content":[],"structuredContent":{{structured}}}""");
        await using var unchecked_ = await lenient.ConnectAsync(o => o with { ValidateResults = false });
        Assert.IsType<ToolResult>(await unchecked_["weather"].InvokeAsync());
    }

    [Theory]
    [InlineData("""{"content":[{"type":"text","text":"3"}]}""", true)]
    [InlineData("""{"content":[{"type":"text","text":"no such place"}],"isError":true}""", false)]
    public async Task Call_NoStructuredResultWhereTheSchemaAsksForOne_FailsUnlessItIsAnError(string result, bool fails)
    {
        await using var server = new RawServer(Weather, result);
        await using var tools = await server.ConnectAsync();

        Assert.Equal(fails, await Record.ExceptionAsync(async () => await tools["weather"].InvokeAsync()) is McpToolException { Failure: McpFailure.InvalidResult });
    }

    [Fact]
    public async Task Connect_OutputSchemaCannotBeRead_SaysThatResultsAreNotValidated()
    {
        using var log = new TestLog();
        await using var server = new RawServer("""{"name":"odd","inputSchema":{"type":"object"},"outputSchema":{"type":"object","properties":{"a":{"$ref":"https://nowhere.invalid/x"}}}}""", """{"content":[],"structuredContent":{"a":1}}""");
        await using var tools = await server.ConnectAsync(o => o with { LoggerFactory = log });

        await tools["odd"].InvokeAsync();

        Assert.Contains(log.Messages, m => m.Contains("'odd'", StringComparison.Ordinal) && m.Contains("not validated", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1000, 0, null)]
    [InlineData(1001, 0, "MaxResultBytes")]
    [InlineData(10, 3000, null)]
    [InlineData(10, 3004, "MaxDataBytes")]
    public async Task Call_ResultOfSomeSize_IsWholeOrATypedFailure(int text, int data, string? option)
    {
        await using var server = new RawServer(RawServer.Tool("big"), $$"""{"content":[{"type":"text","text":"{{new string('x', text)}}"},{"type":"image","mimeType":"image/png","data":"{{new string('A', data)}}"}]}""");
        await using var tools = await server.ConnectAsync(o => o with { MaxResultBytes = 1000, MaxDataBytes = 3000 });

        var e = await Record.ExceptionAsync(async () => Assert.Equal(text, ToolResult.From(await tools["big"].InvokeAsync()).Text.Length));

        if (option is null) Assert.Null(e);
        else Assert.Equal((McpFailure.TooLarge, true), (Assert.IsType<McpToolException>(e).Failure, e.Message.Contains(option, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Call_MessageBeyondAnyLimit_EndsTheConnectionAndSaysWhy()
    {
        await using var server = new RawServer(RawServer.Tool("big"), $$"""{"content":[{"type":"text","text":"{{new string('x', 3 << 20)}}"}]}""");
        await using var tools = await server.ConnectAsync(o => o with { MaxResultBytes = 1000, MaxDataBytes = 0 });

        var e = await Assert.ThrowsAsync<McpToolException>(async () => await tools["big"].InvokeAsync());

        Assert.Equal(McpFailure.ServerExited, e.Failure);
        Assert.Contains("bytes", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_ServerReportsProgress_TheOptionsAndTheRunHearOfIt()
    {
        var reported = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = new RawServer(RawServer.Tool("long"), async (server, call) =>
        {
            var token = call["params"]!["_meta"]!["progressToken"]!.ToJsonString();
            await server.SayAsync($$$"""{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"another","progress":9}}""");
            await server.SayAsync($$$"""{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":{{{token}}},"progress":1,"total":4,"message":"reading"}}""");
            await reported.Task;
            return """{"content":[{"type":"text","text":"done"}]}""";
        });
        List<McpProgress> heard = [];
        await using var tools = await server.ConnectAsync(o => o with { Progress = new Listener(p => (heard, _) = ([.. heard, p], reported.TrySetResult())) });
        var wf = Workflow.CreateBuilder<Done>("long");
        wf.Start(wf.AddTool(tools["long"], _ => new { }, (s, r) => s with { Text = r.Text }));

        List<ToolProgress> told = [];
        await foreach (var e in wf.Build().StreamAsync(new(""), new TeamRuntime { ChatClientSelector = _ => throw new InvalidOperationException() }))
        {
            if (e is ToolProgress progress) told.Add(progress);
        }

        Assert.Equal(new McpProgress("raw", "long", 1, 4, "reading"), Assert.Single(heard));
        Assert.Equal(("reading", 0.25), (Assert.Single(told).Message, told[0].Fraction!.Value));
    }

    private sealed class Listener(Action<McpProgress> report) : IProgress<McpProgress>
    {
        public void Report(McpProgress value) => report(value);
    }

    private sealed record Done(string Text);
}
