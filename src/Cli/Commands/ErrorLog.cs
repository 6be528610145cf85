using Microsoft.Extensions.Logging;

namespace AgentTeams.Cli;

/// <summary>Tells warnings and errors on the error output, with the cause of each, as there is no other log to look into.</summary>
internal sealed class ErrorLog(TextWriter error) : ILoggerFactory, ILogger
{
    private readonly TextWriter _error = TextWriter.Synchronized(error);

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel)) _error.WriteLine($"{logLevel}: {formatter(state, exception)}{(exception is null ? "" : $" {exception.GetType().Name}: {exception.Message}")}");
    }

    // The output stays the caller's.
    public void Dispose()
    {
    }
}
