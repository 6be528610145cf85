using Microsoft.Extensions.Logging;

namespace AgentTeams.Samples.WordProblems;

/// <summary>Shows warnings and errors of the library as messages.</summary>
internal sealed class DisplayLogger(IRunDisplay display) : ILogger, ILoggerFactory
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel)) display.Message($"{(logLevel == LogLevel.Warning ? "warning" : "error")}: {formatter(state, exception)}");
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("All categories are shown on one display.");

    public void Dispose() { }
}
