using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace AgentTeams.Tests;

/// <summary>Keeps what is logged, exceptions too.</summary>
internal sealed class TestLog : ILoggerFactory
{
    private (string Text, TaskCompletionSource Said) _awaited = ("", new());

    public ConcurrentQueue<string> Messages { get; } = [];

    /// <summary>Ends when something that holds the text is logged from now on.</summary>
    public Task WhenSaid(string text)
    {
        _awaited = (text, new(TaskCreationOptions.RunContinuationsAsynchronously));
        return _awaited.Said.Task;
    }

    public ILogger CreateLogger(string categoryName) => new Category(this, categoryName);

    public void AddProvider(ILoggerProvider provider) { }

    public void Dispose() { }

    private sealed class Category(TestLog owner, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var message = $"{name} {logLevel}: {formatter(state, exception)} {exception}";
            owner.Messages.Enqueue(message);
            if (message.Contains(owner._awaited.Text, StringComparison.Ordinal)) owner._awaited.Said.TrySetResult();
        }
    }
}
