using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgentTeams.Samples.WordProblems;

/// <summary>The last line of <c>--json</c>.</summary>
internal sealed record RunResult
{
    private static readonly JsonSerializerOptions s_options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, NumberHandling = JsonNumberHandling.Strict };

    /// <summary>Training problems, labelled and unlabelled.</summary>
    public required int Problems { get; init; }

    public required int Labels { get; init; }

    /// <summary>Steps of reinforcement learning done, those before a resumption included.</summary>
    public required int Steps { get; init; }

    public required int Seed { get; init; }

    public required string Mapping { get; init; }

    public required int DroppedDuplicates { get; init; }

    /// <summary>The step from which this process went on, or null for a run from the start.</summary>
    public required int? ResumedFromStep { get; init; }

    public required Interval Before { get; init; }

    public required Interval After { get; init; }

    public required double SingleRoundAfter { get; init; }

    /// <summary>From the start of the process.</summary>
    public required double Seconds { get; init; }

    public required double RolloutTokensPerS { get; init; }

    public required double TrainTokensPerS { get; init; }

    /// <summary>Calculator calls that this process recorded.</summary>
    public required long ToolCalls { get; init; }

    public required string WeightsSha256 { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, s_options);
}

/// <summary>A success rate with its 95 % Wilson interval.</summary>
internal sealed record Interval(double Success, double Low, double High)
{
    public static Interval Of(SuccessRate rate) => new(rate.Rate, rate.Interval.Low, rate.Interval.High);
}
