namespace AgentTeams.Samples.WordProblems;

/// <summary>Stage 2: the team learns from answers only.</summary>
internal sealed class ReinforcementStage(RunServices run)
{
    /// <summary>Steps done, those before a resumption included.</summary>
    public int StepsDone { get; private set; }

    public TimeSpan RolloutTime { get; private set; }

    public TimeSpan UpdateTime { get; private set; }

    public double RolloutTokens { get; private set; }

    public double TrainedTokens { get; private set; }

    /// <summary>How the team is trained.</summary>
    public static RlOptions OptionsFor(RunOptions options)
    {
        // Scaling by each role's whole batch, not by each group, keeps a costly mistake costly where all of a group agree.
        var advantage = new GrpoAdvantage { Scale = AdvantageScale.BatchStd };
        return new RlOptions
        {
            Seed = options.Seed,
            Steps = options.Steps,
            TasksPerStep = options.TasksPerStep,
            GroupSize = options.GroupSize,
            MiniBatches = 4,
            GroupKey = GroupKey.ByRoleAndTurn,
            Advantage = options.Control == "shuffled-rewards" ? new ShuffledRewards(advantage, options.Seed) : advantage,
            Loss = new PolicyGradientLoss { EntropyCoefficient = 0.01, KlCoefficient = options.KlCoefficient },
            Optimizer = new AdamWOptions { LearningRate = 1.5e-3 },
            Schedule = LearningRateSchedule.Linear,
        };
    }

    /// <summary>Runs the steps that are left, up to one at which to stop. When it is cancelled, the last whole step is checkpointed.</summary>
    /// <param name="done">Steps done before.</param>
    /// <param name="control">Where to stop, and how often to write a checkpoint.</param>
    /// <param name="cancellationToken">Ends training.</param>
    /// <returns>Whether all steps are done.</returns>
    public async Task<bool> RunAsync(int done, RunControl control, CancellationToken cancellationToken)
    {
        StepsDone = done;
        var options = OptionsFor(run.Options);
        if (run.Problems.Unlabelled.Count == 0 || StepsDone >= options.Steps) return true;
        using var reference = !options.Loss.NeedsReference ? null : await run.Checkpoints.ReferenceAsync(run.Models, StepsDone, cancellationToken);
        var tasks = TaskSet.Create(run.Problems.Unlabelled, p => p.Id, run.Runner.SampleAsync);
        var trainer = new RlTrainer<Problem>(run.Models, tasks, options with
        {
            Rewards = TeamRewards.Create(run.ById, outcome: run.Options.Control != "format-only"), Reference = reference, Store = run.Store, LoggerFactory = run.LoggerFactory,
        });
        run.Display.StageStarted("reinforcement", options.Steps);
        var saved = StepsDone;
        try
        {
            await foreach (var step in trainer.TrainAsync(StepsDone, cancellationToken))
            {
                StepsDone = step.Step + 1;
                Count(step);
                run.Folder.AppendMetrics("rl", step.Step, step.Metrics);
                run.Display.Progress(step.Step, step.Metrics);
                if (StepsDone % control.CheckpointEvery == 0 || StepsDone == options.Steps || StepsDone == control.StopAfterStep) await SaveAsync();
                if (StepsDone == control.StopAfterStep) break;
            }
        }
        finally
        {
            if (saved != StepsDone) await SaveAsync();
        }

        return StepsDone >= options.Steps;

        async Task SaveAsync()
        {
            if (saved == StepsDone) return;
            // Not cancelled: the last whole step of a run that is being stopped is kept.
            await run.Checkpoints.SaveAsync(StepsDone, run.Models, run.Options.Configuration(), CancellationToken.None);
            saved = StepsDone;
        }
    }

    private void Count(RlStep step)
    {
        RolloutTime += step.RolloutTime;
        UpdateTime += step.UpdateTime;
        RolloutTokens += step.Metrics["tokens/input"] + step.Metrics["tokens/output"];
        TrainedTokens += step.Metrics.GetValueOrDefault("tokens/trained");
    }
}
