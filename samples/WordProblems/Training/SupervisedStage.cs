namespace AgentTeams.Samples.WordProblems;

/// <summary>
/// Stage 1: planner and coder learn from labelled problems; then the team tries those problems itself, and what it got right
/// and wrong teaches the verifier, and the others how to go on after a rejection.
/// </summary>
internal sealed class SupervisedStage(RunServices run)
{
    private const int AttemptsPerProblem = 4;
    private const int OtherPlansPerProblem = 2;
    private readonly LabelledRows _rows = new(run.Models);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var (fit, validation) = Split();
        var first = new Rows(FirstRound(fit), FirstRound(validation));
        run.Display.StageStarted("supervised: planner and coder", 0);
        await TrainAsync("sft-1", first, cancellationToken);
        // The attempts are recorded, so the weights that made them are kept to check them against.
        foreach (var model in run.Models.Models) await model.SaveAsync(Path.Combine(run.Folder.FullPath, RunFolder.FirstSupervised, model.Id), cancellationToken: cancellationToken);
        var tried = new Rows([.. first.Fit, .. await OwnAttemptsAsync(fit, cancellationToken)], [.. first.Validation, .. await OwnAttemptsAsync(validation, cancellationToken)]);
        run.Display.StageStarted("supervised: the whole team", 0);
        await TrainAsync("sft-2", tried, cancellationToken);
    }

    /// <summary>A control: goes on with the labelled problems for as many updates as reinforcement learning would make.</summary>
    public async Task ContinueAsync(int updates, CancellationToken cancellationToken)
    {
        var (fit, _) = Split();
        List<TrainingRow> rows = [.. FirstRound(fit), .. await OwnAttemptsAsync(fit, cancellationToken)];
        var perEpoch = LabelledRows.ByPolicy(rows, PolicyOf).Values.Max(r => (r.Count + Options.BatchSize - 1) / Options.BatchSize);
        run.Display.StageStarted("supervised: control", 0);
        await new SftTrainer(run.Models, Options with { Patience = null, MaxEpochs = Math.Max(1, updates / perEpoch) }, run.Folder.FullPath)
            .TrainAsync(LabelledRows.ByPolicy(rows, PolicyOf), LabelledRows.ByPolicy(rows, PolicyOf), new SeedKey(run.Options.Seed, "sft-control"),
                epoch => run.Display.Progress(epoch.Epoch, SftMetrics.Of(epoch)), cancellationToken);
    }

    private static SftOptions Options { get; } = new() { BatchSize = 32, MaxEpochs = 30, Patience = 3 };

    private (IReadOnlyList<Problem> Fit, IReadOnlyList<Problem> Validation) Split()
    {
        var labelled = run.Problems.Labelled;
        var validation = Math.Max(1, labelled.Count / 6);
        return ([.. labelled.Skip(validation)], [.. labelled.Take(validation)]);
    }

    // Adapters sit on a base that knows nothing yet, so stage 1 teaches the base and stage 2 the adapters.
    private PolicyId PolicyOf(string role) => new(run.Models.Team.Models[role].Model);

    private List<TrainingRow> FirstRound(IReadOnlyList<Problem> problems)
    {
        var random = new SeedKey(run.Options.Seed, "other-plans").ToRandom();
        return [.. problems.SelectMany(p => _rows.FirstRound(p).Concat(_rows.OtherPlans(p, random, OtherPlansPerProblem)))];
    }

    private async Task<IEnumerable<TrainingRow>> OwnAttemptsAsync(IReadOnlyList<Problem> problems, CancellationToken cancellationToken)
    {
        var runner = new RolloutRunner<Problem>(run.Runner.SampleAsync, p => p.Id, run.Rollouts);
        var trajectories = await runner.RunAsync(problems, AttemptsPerProblem, new SeedKey(run.Options.Seed, "attempts"), cancellationToken);
        var attempts = trajectories.Where(t => t.Status == TrajectoryStatus.Completed)
            .Select(t => (Problem: run.ById[t.TaskId], Attempt: AttemptOf(t, run.ById[t.TaskId]))).Distinct().ToList();
        // A verifier that saw mostly mistakes would turn everything down, and every rejection costs a round.
        var right = attempts.Where(a => a.Attempt.IsRight).ToList();
        return right.Concat(attempts.Where(a => !a.Attempt.IsRight).Take(right.Count / 4)).Select(a => _rows.Verdict(a.Problem, a.Attempt))
            .Concat(attempts.Where(a => !a.Attempt.IsRight).SelectMany(a => _rows.Retry(a.Problem, a.Attempt)));
    }

    private static Attempt AttemptOf(Trajectory trajectory, Problem problem)
    {
        var round = WordProblemTeam.RoundsOf(trajectory)[0];
        return new Attempt(round.Plan!.Text, round.Code!.Text, round.Value, round.IsRight(problem));
    }

    private Task<IReadOnlyList<SftEpoch>> TrainAsync(string stage, Rows rows, CancellationToken cancellationToken) =>
        new SftTrainer(run.Models, Options, Path.Combine(run.Folder.FullPath, "best")).TrainAsync(
            LabelledRows.ByPolicy(rows.Fit, PolicyOf), LabelledRows.ByPolicy(rows.Validation, PolicyOf), new SeedKey(run.Options.Seed, stage),
            epoch =>
            {
                run.Display.Progress(epoch.Epoch, SftMetrics.Of(epoch));
                run.Folder.AppendMetrics(stage, epoch.Epoch, SftMetrics.Of(epoch));
            },
            cancellationToken);

    private sealed record Rows(List<TrainingRow> Fit, List<TrainingRow> Validation);
}
