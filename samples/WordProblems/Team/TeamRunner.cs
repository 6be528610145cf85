using Microsoft.Extensions.AI;

namespace AgentTeams.Samples.WordProblems;

/// <summary>Runs the team on problems, sampled or greedy, and counts what it used.</summary>
internal sealed class TeamRunner(TeamModels models, AIFunction calculator)
{
    private readonly Workflow<TeamState> _sampled = WordProblemTeam.Define(models.Team, calculator, temperature: 1);
    private readonly Workflow<TeamState> _greedy = WordProblemTeam.Define(models.Team, calculator, temperature: 0);
    private long _toolCalls;

    /// <summary>Tool nodes that this process recorded.</summary>
    public long ToolCalls => Interlocked.Read(ref _toolCalls);

    public Task<Trajectory> SampleAsync(Problem problem, SeedKey key, CancellationToken cancellationToken) =>
        RunAsync(_sampled, problem, key, cancellationToken);

    public Task<Trajectory> GreedyAsync(Problem problem, SeedKey key, CancellationToken cancellationToken) =>
        RunAsync(_greedy, problem, key, cancellationToken);

    /// <summary>A greedy rollout in which every plan is replaced.</summary>
    public Rollout<Problem> GreedyWithPlans(Func<TeamState, string, string> replacePlan)
    {
        var workflow = WordProblemTeam.Define(models.Team, calculator, temperature: 0, replacePlan);
        return (problem, key, cancellationToken) => RunAsync(workflow, problem, key, cancellationToken);
    }

    private async Task<Trajectory> RunAsync(Workflow<TeamState> workflow, Problem problem, SeedKey key, CancellationToken cancellationToken)
    {
        var run = await TrajectoryRecorder.RecordAsync(workflow, LabelledRows.StateOf(problem),
            models.Runtime, new() { Seed = key },
            new RecordingOptions<TeamState> { Outcome = s => s.Value }, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        Interlocked.Add(ref _toolCalls, run.Trajectory.Nodes.Count(n => n.Kind == NodeKind.Tool));
        return run.Trajectory;
    }
}
