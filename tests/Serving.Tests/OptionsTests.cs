using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>Options that cannot be served, and an application with a host of its own.</summary>
public sealed class OptionsTests : IDisposable
{
    private readonly ScriptedChatClient _client = new("hello");

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Start_OnAnotherAddressWithoutKey_IsRefused()
    {
        var open = new TeamServerOptions { Models = { ["it"] = _client }, Address = IPAddress.Any, Port = 0 };
        var refused = await Assert.ThrowsAsync<AgentTeamsException>(() => TeamServer.StartAsync(open));
        Assert.Contains("ApiKey is null; give a key", refused.Message, StringComparison.Ordinal);
        await using var server = await TeamServer.StartAsync(open with { ApiKey = "k" });
        Assert.Equal("127.0.0.1", server.Endpoint.Host);
    }

    [Fact]
    public async Task Start_WithSeveralProblems_NamesThemAll()
    {
        var options = new TeamServerOptions { Port = 70_000, ApiKey = " ", MaxRequests = 0, IgnoredFields = ["messages"] };
        var refused = await Assert.ThrowsAsync<AgentTeamsException>(() => TeamServer.StartAsync(options));
        foreach (var what in (string[])["Port is 70000", "ApiKey is empty", "MaxRequests is 0", "Models is empty", "IgnoredFields holds 'messages'"])
            Assert.Contains(what, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_OnAPortThatIsTaken_SaysSo()
    {
        await using var first = await TeamServer.StartAsync(new() { Models = { ["it"] = _client }, Port = 0 });
        var taken = first.Endpoint.Port;
        var refused = await Assert.ThrowsAsync<AgentTeamsException>(() => TeamServer.StartAsync(new() { Models = { ["it"] = _client }, Port = taken }));
        Assert.Contains($"127.0.0.1:{taken}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_AsText_HoldNoKey()
    {
        var options = new TeamServerOptions { Models = { ["it"] = _client }, ApiKey = "very-secret" };
        Assert.DoesNotContain("very-secret", options.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void From_RunsInAStore_AreRefused()
    {
        var team = Workflow.FromDelegate<IReadOnlyList<ChatMessage>, AgentReply>("t", (_, _, _) => Task.FromResult(new AgentReply("x")));
        Assert.Throws<AgentTeamsException>(() => ServedModel.From(team, TeamRuntime.ForAll(_client), new() { Checkpoints = new NoStore(), RunId = "r" }));
        Assert.Throws<AgentTeamsException>(() => ServedModel.From(team, TeamRuntime.ForAll(_client), new() { MaxSteps = 0 }));
    }

    [Fact]
    public async Task WaitForShutdown_TokenCancelled_Ends()
    {
        await using var server = await TeamServer.StartAsync(new() { Models = { ["it"] = _client }, Port = 0 });
        using var cancelled = new CancellationTokenSource();
        var waiting = server.WaitForShutdownAsync(cancelled.Token);
        Assert.False(waiting.IsCompleted);
        await cancelled.CancelAsync();
        await waiting.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Map_InAnApplicationsGroup_AnswersBelowIt()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        await using var app = builder.Build();
        app.MapGet("/health", () => "the application's own");
        app.MapGroup("/ai").MapAgentTeams(new() { Models = { ["it"] = _client }, MaxRequestBytes = 1000 });
        await app.StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        Assert.Equal("the application's own", await http.GetStringAsync(new Uri("health", UriKind.Relative)));
        Assert.Contains("ok", await http.GetStringAsync(new Uri("ai/health", UriKind.Relative)), StringComparison.Ordinal);
        using var reply = await http.PostAsync(new Uri("ai/v1/chat/completions", UriKind.Relative), Served.Json(Served.Body()));
        Assert.Contains("hello", await reply.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var longer = Served.Json(Served.Body(question: new string('x', 2000)));
        using var request = new HttpRequestMessage(HttpMethod.Post, "ai/v1/chat/completions") { Content = longer };
        request.Headers.TransferEncodingChunked = true;
        using var tooLong = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, tooLong.StatusCode);
        Assert.Throws<AgentTeamsException>(() => app.MapAgentTeams(new()));
    }

    private sealed class NoStore : ICheckpointStore
    {
        public Task<IRunJournal> OpenAsync(string runId, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(string runId, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public IAsyncEnumerable<string> ListAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<bool> DeleteAsync(string runId, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }
}
