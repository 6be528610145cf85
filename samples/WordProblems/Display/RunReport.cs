namespace AgentTeams.Samples.WordProblems;

/// <summary>Everything that is shown at the end of a run.</summary>
internal sealed record RunReport
{
    public required string Title { get; init; }

    /// <summary>Names and values of the run's settings.</summary>
    public required IReadOnlyList<(string Name, string Value)> Configuration { get; init; }

    /// <summary>The supervised stage, in the order of its epochs.</summary>
    public IReadOnlyList<SftEpoch> SftEpochs { get; init; } = [];

    /// <summary>The metrics of each step of reinforcement learning.</summary>
    public IReadOnlyList<(int Step, IReadOnlyDictionary<string, double> Metrics)> Steps { get; init; } = [];

    /// <summary>The team before reinforcement learning.</summary>
    public required MeasuredTeam Before { get; init; }

    /// <summary>The team after it, on the same problems.</summary>
    public required MeasuredTeam After { get; init; }

    /// <summary>Ablations and controls.</summary>
    public IReadOnlyList<ReportFigure> Figures { get; init; } = [];
}

/// <summary>A further result of a run.</summary>
/// <param name="Name">What was varied.</param>
/// <param name="Value">What came out, with its unit.</param>
/// <param name="Note">How to read it.</param>
internal sealed record ReportFigure(string Name, string Value, string Note);
