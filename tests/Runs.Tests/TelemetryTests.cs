using System.Buffers.Binary;
using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.Logging;

namespace AgentTeams.Tests;

/// <summary>What a run tells meters, logs and TensorBoard.</summary>
public sealed class TelemetryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("agentteams").FullName;
    private readonly SumPlan _sums = new();

    public void Dispose()
    {
        _sums.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task RunAsync_WithListeners_TellsTheSameStepsToAllOfThem()
    {
        var measured = new List<(string Name, double Value, string? Stage)>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, l) => { if (instrument.Meter.Name == "AgentTeams.Runs") l.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
        {
            var told = tags.ToArray().ToDictionary(t => t.Key, t => (string?)t.Value);
            lock (measured) if (told["plan"] == "telemetry") measured.Add((instrument.Name, value, told["stage"]));
        });
        listener.Start();
        using var log = new ListLogger();
        var plan = new TrainingPlan("telemetry", _sums.Models) { Stages = [Stage.Reinforce("practise", _sums.Tasks, _sums.Rl), Stage.Evaluate("after", _sums.Tasks, SumPlan.IsRight)] };
        var result = (await plan.RunAsync(new() { Folder = _folder, TensorBoard = true, LoggerFactory = log }, new() { Output = RunOutput.None, WriteReport = false }))!;

        var rewards = RunFolder.Read(_folder).Metrics.Select(m => m.Metrics["reward"]).ToList();
        Assert.Equal(rewards, measured.Where(m => m is { Name: "agentteams.reward", Stage: "practise" }).Select(m => m.Value));
        Assert.Equal([result["after"].Success.Rate], measured.Where(m => m is { Name: "agentteams.evaluation.success", Stage: "after" }).Select(m => m.Value));
        Assert.Equal(3, log.Entries.Count(e => e.Level == LogLevel.Debug && e.Text.Contains("reward", StringComparison.Ordinal)));
        Assert.Contains(log.Entries, e => e.Level == LogLevel.Information && e.Text.Contains(result.WeightsSha256, StringComparison.Ordinal));
        var board = Records(Directory.GetFiles(Path.Combine(_folder, "tensorboard")).Single()).ToList();
        Assert.Contains("brain.Event:2", Encoding.UTF8.GetString(board[0]), StringComparison.Ordinal);
        Assert.Equal(3, board.Count(r => Encoding.UTF8.GetString(r).Contains("practise/reward", StringComparison.Ordinal)));
        Assert.Contains(board, r => r.AsSpan().EndsWith((byte[])[.. Encoding.UTF8.GetBytes("evaluation/after"), 0x15, .. BitConverter.GetBytes((float)result["after"].Success.Rate)]));
    }

    // The published check value of CRC-32C: "123456789" gives e3069283.
    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) * 0x82f63b78);
        }

        return ~crc;
    }

    private static uint Masked(ReadOnlySpan<byte> bytes) => ((Crc(bytes) >> 15) | (Crc(bytes) << 17)) + 0xa282ead8;

    private static IEnumerable<byte[]> Records(string path)
    {
        Assert.Equal(0xe3069283, Crc("123456789"u8));
        var bytes = File.ReadAllBytes(path);
        for (var at = 0; at < bytes.Length;)
        {
            var length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at));
            var data = bytes[(at + 12)..(at + 12 + length)];
            Assert.Equal(Masked(bytes.AsSpan(at, 8)), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 8)));
            Assert.Equal(Masked(data), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 12 + length)));
            at += length + 16;
            yield return data;
        }
    }

    private sealed class ListLogger : ILoggerFactory, ILogger
    {
        public List<(LogLevel Level, string Text)> Entries { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (Entries) Entries.Add((logLevel, formatter(state, exception)));
        }

        public void Dispose()
        {
        }
    }
}
