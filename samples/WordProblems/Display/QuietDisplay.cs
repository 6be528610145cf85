namespace AgentTeams.Samples.WordProblems;

/// <summary>Leaves stdout alone: stages, evaluations and messages go to stderr, one line each.</summary>
/// <param name="error">The standard error stream.</param>
internal sealed class QuietDisplay(TextWriter error) : IRunDisplay
{
    public void StageStarted(string stage, int steps) => error.WriteLine($"stage: {stage}");

    public void Progress(int step, IReadOnlyDictionary<string, double> metrics) { }

    public void Evaluated(string name, MeasuredTeam evaluation) => error.WriteLine($"{name}: {Comparison.WithInterval(evaluation.Success)}");

    public void Message(string text) => error.WriteLine(text);

    public Task FinishedAsync(RunReport report, string reportPath) => error.WriteLineAsync($"report: {reportPath}");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
