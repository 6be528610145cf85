using System.Net;
using System.Net.NetworkInformation;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace AgentTeams.Tests;

/// <summary>Who is let in, how many at once, and what they are told when something fails inside.</summary>
public sealed class DoorTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer wrong-key")]
    [InlineData("Bearer right-key-and-more")]
    [InlineData("Basic right-key")]
    public async Task Request_WithoutTheKey_IsRefused(string? header)
    {
        using var client = new ScriptedChatClient("never");
        await using var served = await Served.StartAsync(client);
        using var http = new HttpClient { BaseAddress = served.Http.BaseAddress };
        if (header is not null) http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", header);
        using var response = await http.PostAsync(new Uri("v1/chat/completions", UriKind.Relative), Served.Json(Served.Body()));
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Contains("invalid_api_key", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync(new Uri("v1/models", UriKind.Relative))).StatusCode);
        Assert.Equal("""{"status":"ok"}""", await http.GetStringAsync(new Uri("health", UriKind.Relative)));
        Assert.Empty(client.Calls);
    }

    [Fact]
    public async Task Start_ByDefault_ListensOnThisMachineOnly()
    {
        using var client = new ScriptedChatClient("hello");
        await using var server = await TeamServer.StartAsync(new() { Models = { ["it"] = client }, Port = 0 });
        Assert.Equal(("127.0.0.1", "/v1"), (server.Endpoint.Host, server.Endpoint.AbsolutePath));
        var listeners = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Where(l => l.Port == server.Endpoint.Port).ToList();
        Assert.NotEmpty(listeners);
        Assert.All(listeners, l => Assert.True(IPAddress.IsLoopback(l.Address), $"{l}"));
    }

    [Theory]
    [InlineData("localhost", HttpStatusCode.OK)]
    [InlineData("[::1]:80", HttpStatusCode.OK)]
    [InlineData("evil.example", HttpStatusCode.Forbidden)]
    public async Task Server_WithoutKey_AnswersToLocalNamesOnly(string host, HttpStatusCode status)
    {
        using var client = new ScriptedChatClient("hello");
        await using var server = await TeamServer.StartAsync(new() { Models = { ["it"] = client }, Port = 0 });
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server.Endpoint, "/v1/models"));
        request.Headers.Host = host;
        Assert.Equal(status, (await http.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task Request_BeyondTheMost_IsToldToComeAgain()
    {
        var (asked, answer) = (new TaskCompletionSource(), new TaskCompletionSource<ScriptedReply>());
        using var client = new ScriptedChatClient(_ =>
        {
            asked.TrySetResult();
            return new ValueTask<ScriptedReply>(answer.Task);
        });
        await using var served = await Served.StartAsync(client, o => o with { MaxRequests = 1 });
        var first = served.AskAsync(Served.Body());
        await asked.Task.WaitAsync(s_patience);
        using (var second = await served.PostAsync(Served.Body()))
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, second.StatusCode);
            Assert.Equal(TimeSpan.FromSeconds(1), second.Headers.RetryAfter?.Delta);
            Assert.Contains("rate_limit_exceeded", await second.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        answer.SetResult(ScriptedReply.Say("there"));
        Assert.Equal(200, (await first).Status);
        Assert.Equal(200, (await served.AskAsync(Served.Body())).Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Request_ThatFails_TellsNoDetailsButLogsThem(bool stream)
    {
        using var client = new ScriptedChatClient(ScriptedReply.Fail(new InvalidOperationException("secret-of-the-server")));
        using var log = new LogLines();
        await using var served = await Served.StartAsync(client, o => o with { LoggerFactory = log });
        var (status, body) = await served.AskAsync(Served.Body(stream ? "\"stream\":true" : ""));
        Assert.Equal((500, "server_error"), (status, RefusalTests.Error(body, "type")));
        Assert.DoesNotContain("secret", JsonSerializer.Serialize(body), StringComparison.Ordinal);
        Assert.Contains(log.Lines, l => l.Contains("secret-of-the-server", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Stream_ThatBreaksOff_SaysSoAndDoesNotEndAsOneThatIsDone()
    {
        using var client = new BreakingClient();
        await using var served = await Served.StartAsync(client);
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions") { Content = Served.Json(Served.Body("\"stream\":true")) };
        using var response = await served.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        var lines = new List<string>();
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            while (await reader.ReadLineAsync() is { } line) lines.Add(line);
        });
        Assert.Contains(lines, l => l.Contains("begun", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("data: {\"error\":", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, l => l.Contains("[DONE]", StringComparison.Ordinal) || l.Contains("secret", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Request_WhoseSenderLeaves_IsCancelled(bool stream)
    {
        var (asked, ended) = (new TaskCompletionSource(), new TaskCompletionSource());
        using var client = new ScriptedChatClient(async call =>
        {
            await using var registration = call.CancellationToken.Register(() => ended.TrySetResult());
            asked.SetResult();
            await ended.Task;
            throw new OperationCanceledException(call.CancellationToken);
        });
        await using var served = await Served.StartAsync(client, o => o with { MaxRequests = 1 });
        using var leaving = new CancellationTokenSource();
        var request = served.PostAsync(Served.Body(stream ? "\"stream\":true,\"n\":2" : ""), leaving.Token);
        await asked.Task.WaitAsync(s_patience);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        await ended.Task.WaitAsync(s_patience);
    }

    [Fact]
    public async Task Dispose_WhileARequestIsUnderWay_CancelsIt()
    {
        var (asked, ended) = (new TaskCompletionSource(), new TaskCompletionSource());
        using var client = new ScriptedChatClient(async call =>
        {
            await using var registration = call.CancellationToken.Register(() => ended.TrySetResult());
            asked.SetResult();
            await ended.Task;
            throw new OperationCanceledException(call.CancellationToken);
        });
        var served = await Served.StartAsync(client);
        var request = served.PostAsync(Served.Body());
        await asked.Task.WaitAsync(s_patience);
        await served.DisposeAsync().AsTask().WaitAsync(s_patience);
        await ended.Task.WaitAsync(s_patience);
        await Assert.ThrowsAnyAsync<Exception>(() => request);
    }

    private sealed class BreakingClient : IChatClient
    {
        public Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null,
                [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            yield return new(ChatRole.Assistant, "begun");
            await Task.Yield();
            throw new InvalidOperationException("secret");
        }

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose() { }
    }

    private sealed class LogLines : ILoggerFactory, ILogger
    {
        public System.Collections.Concurrent.ConcurrentQueue<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) { }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose() { }
    }
}
