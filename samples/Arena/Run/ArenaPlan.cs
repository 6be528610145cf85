namespace AgentTeams.Samples.Arena;

/// <summary>
/// All rows of the comparison as one plan for one game and seed. Every training begins with the same weights, which are kept after what was shown, and has the
/// same steps, puzzles and options.
/// </summary>
internal sealed class ArenaPlan(ArenaOptions options, Func<string, GridGame> gameOf, long seed, string folder, TeamModels models, TeamModels swapped)
{
    private const string Shown = "shown";
    private readonly GridGame _game = gameOf(GridGame.Plan);

    public TrainingPlan Create()
    {
        var practised = GridGenerator.Draw(_game, new(seed, "practised"), options.Practised);
        var held = GridGenerator.Draw(_game, new(seed, "held"), options.Held, practised);
        var registry = new ModelRegistry(Path.Combine(folder, "registry"));
        return new($"arena {_game.Name}", models)
        {
            Seed = seed,
            Stages =
            [
                Stage.Supervise("show", Lessons.Of(_game, practised.Take(options.Shown), new(seed, "show")), options: new() { MaxEpochs = 5, Patience = null, BatchSize = 32 }),
                Stage.Do("keep", async (_, token) => registry.Promote(Shown, (await registry.AddAsync(Shown, models, cancellationToken: token)).Number)),
                .. Alone(GridGame.Tool, practised, held),
                .. Alone(GridGame.Plan, practised, held),
                .. Alone(GridGame.Both, practised, held),
                Evaluate(ArenaRow.AloneAsTeam, Team(held, models)),
                Stage.Do("back", (_, token) => registry.LoadAsync(Shown, models, token)),
                Evaluate(ArenaRow.Before("team"), Team(held, models)),
                Stage.Reinforce("train team", Team(practised, models), RlOptionsOf(GridGame.Tool, GridGame.Plan)),
                Evaluate(ArenaRow.Team, Team(held, models)),
                Evaluate(ArenaRow.Swapped, Team(held, swapped)),
            ],
        };
    }

    private ITrainingStage[] Alone(string role, IReadOnlyList<GridTask> practised, IReadOnlyList<GridTask> held) =>
    [
        Evaluate(ArenaRow.Before(role), Tasks(held, models, gameOf(role), role)),
        Stage.Reinforce($"train {role}", Tasks(practised, models, gameOf(role), role), RlOptionsOf(role)),
        Evaluate(ArenaRow.Alone(role), Tasks(held, models, gameOf(role), role)),
    ];

    private TaskSet<GridTask> Team(IReadOnlyList<GridTask> tasks, TeamModels by) => Tasks(tasks, by, _game, GridGame.Tool, GridGame.Plan);

    // A team makes two calls for each move, so whoever is alone may make twice the moves: the calls of an episode are the same.
    private static TaskSet<GridTask> Tasks(IReadOnlyList<GridTask> tasks, TeamModels by, GridGame game, params string[] roles)
    {
        var turns = GridGame.MoveLimit * 2 / roles.Length;
        var workflow = game.ToWorkflow([.. roles.Select(r => by.Team[r])], new() { Order = ActionOrder.Sequential, MaxTurns = turns });
        // A turn is a call and a step of the world for each role, and the loop's own.
        return TaskSet.Create(tasks, t => t.Id, workflow, by, t => new EnvironmentRun<GridTask, GridWorld>(t), s => s.Score is 1 ? "1" : "0", new() { MaxSteps = 10 + turns * 6 });
    }

    // Sampled, as they were trained: whoever sees little would do the same for ever where it takes what is likeliest.
    private static EvaluationStage Evaluate(string name, TaskSet<GridTask> tasks) => Stage.Evaluate(name, tasks, (_, run) => IsSolved(run) == 1, new() { Greedy = false });

    private static double IsSolved(Trajectory run) => run.Outcome == "1" ? 1 : 0;

    /// <summary>AT-GRPO's groups: each role is compared with itself in the same turn of the same puzzle.</summary>
    private RlOptions RlOptionsOf(params string[] roles) => new()
    {
        // A solution is worth more than any loss on the way: else whoever sees little would learn never to push.
        Rewards = new RewardComposer().Add(new EnvironmentReward()).Add(new OutcomeReward(IsSolved, "solved"), weight: 9),
        Steps = options.Steps,
        TasksPerStep = options.TasksPerStep,
        GroupSize = options.GroupSize,
        MiniBatches = 4,
        Credit = new ReturnToGoCredit(gamma: 0.9),
        GroupKey = GroupKey.ByRoleAndTurn,
        Advantage = new GrpoAdvantage { Scale = AdvantageScale.BatchStd },
        Loss = new PolicyGradientLoss { EntropyCoefficient = 0.005 },
        Trained = TrainedRoles.Only(roles),
        Optimizer = new() { LearningRate = 2e-3 },
        Schedule = LearningRateSchedule.Linear,
    };
}
