namespace AgentTeams.Samples.Arena;

/// <summary>The options of the program.</summary>
internal sealed record ArenaOptions
{
    /// <summary>The games that are compared.</summary>
    public IReadOnlyList<string> Games { get; init; } = [PlanPath.GameName, Sokoban.GameName];

    /// <summary>Seeds 1 to this one.</summary>
    public int Seeds { get; init; } = 3;

    /// <summary>Where the runs are kept; what is there goes on.</summary>
    public string Folder { get; init; } = "runs/arena";

    /// <summary>Puzzles whose solutions are shown before any reward.</summary>
    public int Shown { get; init; } = 150;

    /// <summary>Puzzles that are practised on.</summary>
    public int Practised { get; init; } = 1000;

    /// <summary>Puzzles that nobody has seen.</summary>
    public int Held { get; init; } = 200;

    /// <summary>Steps of each training.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>Puzzles of a step.</summary>
    public int TasksPerStep { get; init; } = 8;

    /// <summary>Episodes of each puzzle, which are compared with each other.</summary>
    public int GroupSize { get; init; } = 8;

    /// <summary>Seconds instead of minutes: every stage, and nothing learned.</summary>
    public static ArenaOptions Smoke { get; } = new() { Seeds = 1, Shown = 6, Practised = 12, Held = 10, Steps = 2, TasksPerStep = 3, GroupSize = 2 };
}
