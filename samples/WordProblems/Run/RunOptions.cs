namespace AgentTeams.Samples.WordProblems;

/// <summary>What the command line says. Everything that decides the weights is part of the configuration that a resumed run must share.</summary>
internal sealed record RunOptions
{
    public int Labels { get; init; } = 250;

    public int Problems { get; init; } = 3000;

    public int Steps { get; init; } = 220;

    public int TasksPerStep { get; init; } = 128;

    public int GroupSize { get; init; } = 4;

    public double KlCoefficient { get; init; }

    public int Seed { get; init; } = 1;

    public string Mapping { get; init; } = "shared";

    public string Control { get; init; } = "none";

    public string? Data { get; init; }

    public string? Test { get; init; }

    public int TestProblems { get; init; } = 300;

    /// <summary>What must be equal for a run to be resumed, by option name.</summary>
    public SortedDictionary<string, string> Configuration() => new(StringComparer.Ordinal)
    {
        ["labels"] = Text(Labels),
        ["problems"] = Text(Problems),
        ["steps"] = Text(Steps),
        ["tasks-per-step"] = Text(TasksPerStep),
        ["group-size"] = Text(GroupSize),
        ["kl"] = KlCoefficient.ToString(System.Globalization.CultureInfo.InvariantCulture),
        ["seed"] = Text(Seed),
        ["mapping"] = Mapping,
        ["control"] = Control,
        ["data"] = Data ?? "",
        ["test"] = Test ?? "",
        ["test-problems"] = Text(TestProblems),
    };

    /// <summary>A run of seconds that goes through every stage.</summary>
    public RunOptions Smoke() => this with { Labels = 60, Problems = 120, TestProblems = 40, Steps = 4, TasksPerStep = 12, GroupSize = 4 };

    private static string Text(int value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>How a run is carried out; none of it changes its result.</summary>
/// <param name="Out">The run's folder, or null for a new one.</param>
/// <param name="Resume">Whether the folder's run goes on.</param>
/// <param name="StopAfterStep">The step after which to stop, or null.</param>
/// <param name="Json">Whether the result is printed as JSON.</param>
/// <param name="CheckpointEvery">Steps from one checkpoint to the next.</param>
/// <param name="KeepCheckpoints">How many checkpoints are kept.</param>
/// <param name="Controls">Whether the control experiments follow, for the report.</param>
internal sealed record RunControl(string? Out, bool Resume, int? StopAfterStep, bool Json, int CheckpointEvery = 10, int KeepCheckpoints = 3, bool Controls = false);
