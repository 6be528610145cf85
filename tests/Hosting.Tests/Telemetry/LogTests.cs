using Microsoft.Extensions.Logging;

namespace AgentTeams.Tests;

public sealed class LogTests : ILoggerProvider, ILogger
{
    private readonly List<(int Id, string Text)> _entries = [];

    [Fact]
    public async Task RunAsync_WithALog_TellsBeginningAndEndByEventIdAndQuotesNothing()
    {
        using var logs = LoggerFactory.Create(b => b.AddProvider(this).SetMinimumLevel(LogLevel.Debug));
        var options = new WorkflowRunOptions { LoggerFactory = logs, RunId = "letter-1", Checkpoints = new InMemoryCheckpointStore() };
        var letter = Teams.Letter().Definition;
        var runtime = TeamRuntime.ForAll(new ScriptedChatClient("fly"));
        await letter.RunAsync(new(Teams.Secret), runtime, options);
        await letter.AnswerAsync(options.Checkpoints, "letter-1", "approve", new Verdict(true));
        await letter.ResumeAsync(runtime, options);
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => Teams.Article().RunAsync(Teams.Secret, runtime, new() { LoggerFactory = logs }, gone.Token));
        var failing = TeamRuntime.ForAll(new ScriptedChatClient(ScriptedReply.Fail(new HttpRequestException("refused"))));
        await Assert.ThrowsAsync<WorkflowNodeException>(() => Teams.Article().RunAsync(Teams.Secret, failing, new() { LoggerFactory = logs }));

        Assert.Equal([10, 13, 11, 12, 10, 15, 10, 3, 14], _entries.Select(e => e.Id));
        Assert.Equal("The run letter-1 of the workflow letter goes on after 3 records of its journal.", _entries[2].Text);
        Assert.DoesNotContain(_entries, e => e.Text.Contains("secret", StringComparison.Ordinal) || e.Text.Contains("fly", StringComparison.Ordinal));
    }

    ILogger ILoggerProvider.CreateLogger(string categoryName) => this;

    void IDisposable.Dispose()
    {
    }

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _entries.Add((eventId.Id, formatter(state, exception)));
}
