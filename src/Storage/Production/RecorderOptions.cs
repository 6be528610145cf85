using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentTeams.Storage;

/// <summary>What a <see cref="ProductionRecorder"/> keeps and how it writes.</summary>
public sealed record RecorderOptions : IChecked
{
    /// <summary>The share of runs that is recorded, from 0 to 1. Whether one is follows from its id alone, so all processes decide alike.</summary>
    /// <value>1 by default: all of them.</value>
    public double SamplingRate { get; init; } = 1;

    /// <summary>What is taken out of every text before it is stored, in order; see <see cref="TrajectoryRedaction.Redact"/>.</summary>
    /// <value><see cref="Redactors.Default"/> unless given; empty for nothing.</value>
    public IReadOnlyList<ITextRedactor> Redactors { get; init; } = Storage.Redactors.Default;

    /// <summary>How many records may wait to be written; further ones are dropped.</summary>
    /// <value>1 or more; 1024 by default.</value>
    public int Capacity { get; init; } = 1024;

    /// <summary>The most trajectories that are written at once.</summary>
    /// <value>1 or more; 64 by default.</value>
    public int MaxBatch { get; init; } = 64;

    /// <summary>How often a write that failed is tried again before its records are dropped.</summary>
    /// <value>0 or more; 5 by default, which with the delay of a second waits for half a minute.</value>
    public int Retries { get; init; } = 5;

    /// <summary>How long to wait before the first retry; each further one waits twice as long, at most a minute.</summary>
    /// <value>0 or more; 1 second by default.</value>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long disposal may wait for what is still to be written.</summary>
    /// <value>0 or more; 10 seconds by default.</value>
    public TimeSpan FlushTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often at most each kind of trouble is logged.</summary>
    /// <value>0 or more; once a minute by default.</value>
    public TimeSpan LogEvery { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Gives each recorded call of a chat client the id of its trajectory: one that no other process gives.</summary>
    /// <value>Null, the default, for UUIDs of version 7, whose order is that of time.</value>
    public Func<string>? NewId { get; init; }

    /// <summary>Is told of dropped records and of a store that fails.</summary>
    /// <value>Nobody by default.</value>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>Makes the meter "AgentTeams.Recorder" of the counters <c>agentteams.recorder.recorded</c> and <c>agentteams.recorder.dropped</c>.</summary>
    /// <value>Null, the default, for a meter of the recorder's own.</value>
    public IMeterFactory? MeterFactory { get; init; }

    /// <summary>The clock.</summary>
    /// <value>The system's by default.</value>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    void IChecked.Check(OptionChecks checks) => checks
        .Within(0, 1, SamplingRate).AtLeast(1, Capacity).AtLeast(1, MaxBatch).AtLeast(0, Retries)
        .Within(0, double.PositiveInfinity, RetryDelay.TotalSeconds).Within(0, double.PositiveInfinity, FlushTimeout.TotalSeconds)
        .Within(0, double.PositiveInfinity, LogEvery.TotalSeconds);
}
