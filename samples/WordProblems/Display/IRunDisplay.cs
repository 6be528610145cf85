namespace AgentTeams.Samples.WordProblems;

/// <summary>Shows a run while it goes on and what came of it. Calls may come from any thread; disposal restores the terminal.</summary>
internal interface IRunDisplay : IAsyncDisposable
{
    /// <summary>A stage begins.</summary>
    /// <param name="stage">Its name.</param>
    /// <param name="steps">How many steps it has at most; 0 if that is unknown.</param>
    void StageStarted(string stage, int steps);

    /// <summary>A step of the stage is done.</summary>
    /// <param name="step">Zero-based.</param>
    /// <param name="metrics">The step's metrics, under the names that the trainers give them.</param>
    void Progress(int step, IReadOnlyDictionary<string, double> metrics);

    /// <summary>The team was evaluated.</summary>
    void Evaluated(string name, MeasuredTeam evaluation);

    /// <summary>Something worth a line.</summary>
    void Message(string text);

    /// <summary>The run is complete; the display ends with its summary.</summary>
    Task FinishedAsync(RunReport report, string reportPath);
}
