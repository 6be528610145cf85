using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace AgentTeams.Tests;

/// <summary>Keeps what is logged, exceptions too.</summary>
internal sealed class TestLog : ILoggerFactory
{
    public ConcurrentQueue<string> Messages { get; } = [];

    public ILogger CreateLogger(string categoryName) => new Category(this, categoryName);

    public void AddProvider(ILoggerProvider provider) { }

    public void Dispose() { }

    private sealed class Category(TestLog owner, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            owner.Messages.Enqueue($"{name} {logLevel}: {formatter(state, exception)} {exception}");
    }
}
