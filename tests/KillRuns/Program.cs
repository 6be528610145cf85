return await TeamCommandLine.InvokeAsync(args, new FourStages());

/// <summary>Which draws the plan makes.</summary>
internal sealed record FourStagesOptions
{
    public int Seed { get; init; } = 7;
}

/// <summary>A team of two and a plan with a stage of each kind, for <c>tests/kill-and-resume.sh</c>: shown, practised, compared, taught by preferences, practised with one role frozen.</summary>
internal sealed class FourStages : TeamProgram<FourStagesOptions>
{
    private static readonly string[] Fruits = ["apple", "bread", "cheese", "dates", "eggs"];

    public override string Name => "four-stages";

    public override Task<TeamSession> StartAsync(FourStagesOptions options, CancellationToken cancellationToken)
    {
        Order[] all = [.. from a in Fruits from b in Fruits from c in Fruits where a != b && b != c && a != c select new Order($"{a} {b} {c}", b, $"{c} {b} {a}")];
        new SeedKey(options.Seed, "split").ToRandom().Shuffle(all);
        var (splitter, turner) = (RoleOf("splitter", 4), RoleOf("turner", 8));
        var wf = Workflow.CreateBuilder<State>("back-to-front");
        wf.Start(wf.AddRole(splitter, s => s.Order, (s, reply) => s with { Middle = reply.Text })).Then(wf.AddRole(turner, s => $"{s.Order} | {s.Middle}", (s, reply) => s with { Said = reply.Text }));
        var workflow = wf.Build();
        string[] names = [splitter.Name, turner.Name];
        var models = new TeamModels(new("back-to-front", [splitter, turner], ModelMap.Separate(names)),
            names.Select(n => CpuLanguageModel.Create(LocalModelOptions.FromTexts(n, all.Select(o => o.Words), new SeedKey(options.Seed, n), 300, [.. Fruits, "|"], [splitter.Instructions, turner.Instructions]))));
        TaskSet<Order> Tasks(Order[] orders) => TaskSet.Create(orders, o => o.Words, workflow, models, o => new State(o.Words), s => s.Said);
        var practice = Tasks(all[12..40]);
        var rewards = new RewardComposer().Add(practice.Outcome((o, run) => run.Outcome == o.Reversed ? 1 : 0))
            .Add(new DelegateReward("middle", run => [Reward.ForRole("splitter", "middle", run.Nodes[0].Text == practice[run.TaskId].Middle ? 1 : 0)]), weight: 0.5);
        var rl = RlOptions.Grpo with { Rewards = rewards, Steps = 12, GroupSize = 8, Optimizer = new() { LearningRate = 2e-3 } };
        return Task.FromResult(new TeamSession
        {
            Plan = new("four-stages", models)
            {
                Seed = options.Seed,
                Stages =
                [
                    Stage.Supervise("show", all[..12].SelectMany(o => new SftExample[] { new("splitter", o.Words, o.Middle), new("turner", $"{o.Words} | {o.Middle}", o.Reversed) }), options: new() { MaxEpochs = 25, BatchSize = 8, Patience = null }),
                    Stage.Reinforce("practise", practice, rl),
                    Stage.CollectPreferences("compare", practice, rewards),
                    Stage.Prefer("prefer", "compare", new() { Epochs = 3, BatchSize = 4 }),
                    Stage.Reinforce("turner-only", practice, rl with { Trained = TrainedRoles.Only("turner") }),
                    Stage.Evaluate("after", Tasks(all[40..]), (o, run) => run.Outcome == o.Reversed),
                ],
            },
        });
    }

    private static Role RoleOf(string name, int tokens) => new() { Name = name, Instructions = $"<|{name}|>", Options = new() { MaxOutputTokens = tokens } };

    private sealed record Order(string Words, string Middle, string Reversed);

    private sealed record State(string Order, string Middle = "", string Said = "");
}
