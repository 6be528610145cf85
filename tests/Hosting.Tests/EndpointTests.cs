using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;

namespace AgentTeams.Tests;

public sealed class EndpointTests
{
    private static TaskCompletionSource Gate() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static string IdIn(SseItem<string> started) => JsonElement.Parse(started.Data).GetProperty("runId").GetString()!;

    [Fact]
    public async Task Post_Json_AnswersWithTheOutput()
    {
        await using var served = await Served.StartAsync(Teams.Article(), new ScriptedChatClient("wet "));
        using var request = Served.Request(HttpMethod.Post, "/run", "rain");
        using var response = await served.Http.SendAsync(request);
        var body = JsonElement.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal((200, "completed", "wet"), ((int)response.StatusCode, body.GetProperty("status").GetString(), body.GetProperty("output").GetString()));
        Assert.Equal($"/run/{body.GetProperty("runId").GetString()}", response.Headers.Location!.ToString());
    }

    [Fact]
    public async Task Post_EventStream_TellsTheRunAndNotWhatModelsAreAsked()
    {
        await using var served = await Served.StartAsync(Teams.Article(), new ScriptedChatClient("It rains."));
        var events = await served.EventsAsync(HttpMethod.Post, "/run", Teams.Secret).ToListAsync();
        Assert.Equal(["run-started", "node-started", "reply", "reply", "node-completed", "node-started", "node-completed", "completed"], events.Select(e => e.EventType));
        Assert.Equal("It rains.", string.Concat(events.Where(e => e.EventType == "reply").Select(e => JsonElement.Parse(e.Data).GetProperty("text").GetString())));
        Assert.Equal("It rains.", JsonElement.Parse(events[^1].Data).GetProperty("output").GetString());
        Assert.Equal(events.Count, events.Select(e => e.EventId).Distinct().Count());
        Assert.DoesNotContain(events, e => e.Data.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Post_RunThatFails_AnswersWithAProblemThatQuotesNothing()
    {
        await using var served = await Served.StartAsync(Teams.Article(), new ScriptedChatClient(ScriptedReply.Fail(new HttpRequestException(Teams.Secret))));
        var (status, body) = await served.SendAsync(HttpMethod.Post, "/run", "rain");
        Assert.Equal((500, "urn:agentteams:node-failed", "writer"), (status, body.GetProperty("type").GetString(), body.GetProperty("node").GetString()));
        Assert.DoesNotContain("secret", body.GetRawText(), StringComparison.Ordinal);
        var events = await served.EventsAsync(HttpMethod.Post, "/run", "rain").ToListAsync();
        Assert.Equal(("failed", "urn:agentteams:node-failed"), (events[^1].EventType, JsonElement.Parse(events[^1].Data).GetProperty("type").GetString()));
        Assert.DoesNotContain(events, e => e.Data.Contains("secret", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/run", "{", "application/json", 400, "invalid-input")]
    [InlineData("/run", "17", "application/json", 400, "invalid-input")]
    [InlineData("/run", "null", "application/json", 400, "invalid-input")]
    [InlineData("/run", "\"rain\"", "text/plain", 415, "not-json")]
    [InlineData("/run/0123/requests/approve", "true", "application/json", 404, "unknown-run")]
    [InlineData("/run/n%20o/requests/approve", "true", "application/json", 404, "unknown-run")]
    public async Task Post_WhatIsNotUnderstood_IsRefusedByKind(string path, string body, string type, int status, string problem)
    {
        var client = new ScriptedChatClient("never");
        await using var served = await Served.StartAsync(Teams.Article(), client, new InMemoryCheckpointStore());
        using var response = await served.Http.PostAsync(path, new StringContent(body, Encoding.UTF8, type));
        Assert.Equal((status, "urn:agentteams:" + problem), ((int)response.StatusCode, JsonElement.Parse(await response.Content.ReadAsStringAsync()).GetProperty("type").GetString()));
        Assert.Empty(client.Calls);
    }

    [Fact]
    public async Task Get_UnknownRun_IsNotFound()
    {
        await using var served = await Served.StartAsync(Teams.Article(), new ScriptedChatClient("never"));
        Assert.Equal(404, (await served.SendAsync(HttpMethod.Get, "/run/0123")).Status);
    }

    [Fact]
    public async Task Post_WorkflowWithAPerson_WaitsAndGoesOnWithTheAnswer()
    {
        var client = new ScriptedChatClient("fly");
        await using var served = await Served.StartAsync(Teams.Letter(), client, new InMemoryCheckpointStore());
        var (status, waiting) = await served.SendAsync(HttpMethod.Post, "/run", "rain");
        var asked = Assert.Single(waiting.GetProperty("requests").EnumerateArray());
        Assert.Equal((202, "waiting", "approve", "fly"), (status, waiting.GetProperty("status").GetString(), asked.GetProperty("id").GetString(), asked.GetProperty("payload").GetString()));

        var address = asked.GetProperty("answer").GetString()!;
        Assert.Equal(409, (await served.SendAsync(HttpMethod.Post, address, "no verdict")).Status);
        Assert.Equal(409, (await served.SendAsync(HttpMethod.Post, address + "x", new Verdict(true))).Status);
        var (done, body) = await served.SendAsync(HttpMethod.Post, address, new Verdict(true));
        Assert.Equal((200, "fly: True"), (done, body.GetProperty("output").GetString()));
        Assert.Equal("fly: True", (await served.SendAsync(HttpMethod.Get, $"/run/{waiting.GetProperty("runId").GetString()}")).Body.GetProperty("output").GetString());
        Assert.Single(client.Calls);
    }

    [Fact]
    public async Task Post_ClientThatLeaves_CancelsItsRun()
    {
        var (called, cancelled) = (Gate(), Gate());
        var client = new ScriptedChatClient(async call =>
        {
            using var registration = call.CancellationToken.Register(cancelled.SetResult);
            called.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, call.CancellationToken);
            return "never";
        });
        await using var served = await Served.StartAsync(Teams.Article(), client);
        await foreach (var e in served.EventsAsync(HttpMethod.Post, "/run", "rain"))
        {
            if (e.EventType != "node-started") continue;
            // Who leaves before the model is called cancels the run too, but then no call could tell.
            await called.Task.WaitAsync(TimeSpan.FromMinutes(1));
            break;
        }

        await cancelled.Task.WaitAsync(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Get_RunThatIsBeingCancelled_WaitsForItsEndAndGoesOn()
    {
        var (store, joined) = (new SlowToClose(new InMemoryCheckpointStore()), Gate());
        var client = new ScriptedChatClient(async call =>
        {
            if (call.Index == 0) await Task.Delay(Timeout.InfiniteTimeSpan, call.CancellationToken);
            return "wet";
        });
        await using var served = await Served.StartAsync(Teams.Article(), client, store, waits: method =>
        {
            if (method == "GET") joined.TrySetResult();
        });
        var address = "";
        await foreach (var e in served.EventsAsync(HttpMethod.Post, "/run", "rain"))
        {
            if (e.EventType == "run-started") address = JsonElement.Parse(e.Data).GetProperty("address").GetString()!;
            if (e.EventType == "node-started") break;
        }

        await store.Closing.Task;
        var joining = served.SendAsync(HttpMethod.Get, address);
        await joined.Task;
        store.Released.SetResult();
        var (status, body) = await joining;

        Assert.Equal(200, status);
        Assert.Equal("completed", body.GetProperty("status").GetString());
    }

    [Fact]
    public async Task Get_AfterTheClientLeft_TellsTheRestOfARunThatGoesOn()
    {
        var gate = Gate();
        var client = new ScriptedChatClient(async _ =>
        {
            await gate.Task;
            return "wet";
        });
        await using var served = await Served.StartAsync(Teams.Article(), client, new InMemoryCheckpointStore(), new() { OnDisconnect = DisconnectBehavior.GoOn });
        List<SseItem<string>> first = [];
        await foreach (var e in served.EventsAsync(HttpMethod.Post, "/run", "rain"))
        {
            first.Add(e);
            if (e.EventType == "node-started") break;
        }

        await using var joined = served.EventsAsync(HttpMethod.Get, $"/run/{IdIn(first[0])}", after: first[^1].EventId).GetAsyncEnumerator();
        var next = joined.MoveNextAsync();
        gate.SetResult();
        List<string> rest = [];
        for (; await next; next = joined.MoveNextAsync()) rest.Add(joined.Current.EventType);
        Assert.Equal(["reply", "node-completed", "node-started", "node-completed", "completed"], rest);
        Assert.Single(client.Calls);
    }

    [Fact]
    public async Task Get_RunOfAnotherProcess_GoesOnFromItsJournalAndTellsAllOfIt()
    {
        var store = new InMemoryCheckpointStore();
        string id;
        await using (var first = await Served.StartAsync(Teams.Letter(), new ScriptedChatClient("fly"), store))
            id = (await first.SendAsync(HttpMethod.Post, "/run", "rain")).Body.GetProperty("runId").GetString()!;

        var client = new ScriptedChatClient("never");
        await using var second = await Served.StartAsync(Teams.Letter(), client, store);
        var events = await second.EventsAsync(HttpMethod.Get, $"/run/{id}", after: "00000000.3").ToListAsync();
        Assert.Equal(["run-started", "node-started", "node-completed", "node-started", "waiting"], events.Select(e => e.EventType));
        Assert.True(JsonElement.Parse(events[1].Data).GetProperty("replayed").GetBoolean());
        Assert.Empty(client.Calls);
    }

    [Fact]
    public async Task MapWorkflow_WithoutWorkflowOrStore_SaysWhatIsMissing()
    {
        Assert.Contains("AddCheckpoints", (await Assert.ThrowsAsync<AgentTeamsException>(() => Served.StartAsync(Teams.Article(), new ScriptedChatClient("x"), options: new() { OnDisconnect = DisconnectBehavior.GoOn }))).Message, StringComparison.Ordinal);
        await using var app = Microsoft.AspNetCore.Builder.WebApplication.CreateSlimBuilder().Build();
        Assert.Contains("'none'", Assert.Throws<AgentTeamsException>(() => app.MapWorkflow("/x", "none")).Message, StringComparison.Ordinal);
    }

    /// <summary>Keeps its first journal open until it is released.</summary>
    private sealed class SlowToClose(ICheckpointStore inner) : ICheckpointStore
    {
        private int _opened;

        public TaskCompletionSource Closing { get; } = Gate();

        public TaskCompletionSource Released { get; } = Gate();

        public async Task<IRunJournal> OpenAsync(string runId, CancellationToken cancellationToken = default)
        {
            var journal = await inner.OpenAsync(runId, cancellationToken);
            return Interlocked.Increment(ref _opened) == 1 ? new Journal(this, journal) : journal;
        }

        public IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(string runId, CancellationToken cancellationToken = default) => inner.ReadAsync(runId, cancellationToken);

        public IAsyncEnumerable<string> ListAsync(CancellationToken cancellationToken = default) => inner.ListAsync(cancellationToken);

        public Task<bool> DeleteAsync(string runId, CancellationToken cancellationToken = default) => inner.DeleteAsync(runId, cancellationToken);

        private sealed class Journal(SlowToClose store, IRunJournal inner) : IRunJournal
        {
            public IReadOnlyList<ReadOnlyMemory<byte>> Records => inner.Records;

            public ValueTask AppendAsync(ReadOnlyMemory<byte> record, CancellationToken cancellationToken = default) => inner.AppendAsync(record, cancellationToken);

            public async ValueTask DisposeAsync()
            {
                store.Closing.TrySetResult();
                await store.Released.Task;
                await inner.DisposeAsync();
            }
        }
    }
}
