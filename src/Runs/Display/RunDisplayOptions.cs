using Spectre.Console;

namespace AgentTeams.Runs;

/// <summary>How a run is shown while it goes on.</summary>
public sealed record RunDisplayOptions
{
    /// <summary>In which form.</summary>
    /// <value><see cref="RunOutput.Auto"/> by default.</value>
    public RunOutput Output { get; init; } = RunOutput.Auto;

    /// <summary>Where people read.</summary>
    /// <value>The process's terminal by default.</value>
    public IAnsiConsole Console { get; init; } = AnsiConsole.Console;

    /// <summary>Is told of every event besides; null, the default, for nobody.</summary>
    public IProgress<RunEvent>? Progress { get; init; }

    /// <summary>Whether a report is written at the end.</summary>
    /// <value>True by default.</value>
    public bool WriteReport { get; init; } = true;
}

/// <summary>Forms in which a run is shown.</summary>
public enum RunOutput
{
    /// <summary>A panel in a terminal, lines elsewhere.</summary>
    Auto,

    /// <summary>A panel that is redrawn in place.</summary>
    Live,

    /// <summary>A short line now and then, without control codes.</summary>
    Plain,

    /// <summary>One JSON object for each event.</summary>
    Json,

    /// <summary>Nothing.</summary>
    None,
}
