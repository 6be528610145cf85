using System.Diagnostics.Metrics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace AgentTeams.Tests;

/// <summary>Hears what a recorder logs and counts.</summary>
internal sealed class RecorderProbe : IMeterFactory, ILoggerFactory, ILogger
{
    private readonly Meter _meter = new("AgentTeams.Recorder");
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, long> _counters = new(StringComparer.Ordinal);
    private readonly Channel<string> _said = Channel.CreateUnbounded<string>();

    public RecorderProbe()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter == _meter) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var name = tags.Length == 0 ? instrument.Name : $"{instrument.Name} {tags[0].Value}";
            lock (_counters) _counters[name] = _counters.GetValueOrDefault(name) + value;
        });
        _listener.Start();
    }

    public long this[string counter]
    {
        get
        {
            lock (_counters) return _counters.GetValueOrDefault(counter);
        }
    }

    /// <summary>The next thing that is logged; waits for it.</summary>
    public async Task<string> NextMessageAsync() => await _said.Reader.ReadAsync();

    public Meter Create(MeterOptions options) => _meter;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _said.Writer.TryWrite(formatter(state, exception));

    public void Dispose()
    {
        _listener.Dispose();
        _meter.Dispose();
    }
}
