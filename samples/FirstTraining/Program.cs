using AgentTeams;
using AgentTeams.Models;
using AgentTeams.Rl;
using AgentTeams.Runs;

// The task: a day's order has to be repeated back to front, by a splitter who picks the middle word and a turner who says all of it.
string[] fruits = ["apple", "bread", "cheese", "dates", "eggs", "figs"];
Order[] all = [.. from a in fruits from b in fruits from c in fruits where a != b && b != c && a != c select new Order($"{a} {b} {c}", b, $"{c} {b} {a}")];
new SeedKey(1, "split").ToRandom().Shuffle(all);
var (shown, practised, held) = (all[..20], all[20..90], all[90..]);

// The team: two roles over one tiny model, whose vocabulary is the words of the task and whose weights are random.
var splitter = new Role { Name = "splitter", Instructions = "<|splitter|>", Options = new() { MaxOutputTokens = 4 } };
var turner = new Role { Name = "turner", Instructions = "<|turner|>", Options = new() { MaxOutputTokens = 8 } };
var wf = Workflow.CreateBuilder<State>("back-to-front");
wf.Start(wf.AddRole(splitter, s => s.Order, (s, reply) => s with { Middle = reply.Text }))
    .Then(wf.AddRole(turner, s => $"{s.Order} | {s.Middle}", (s, reply) => s with { Said = reply.Text }));
var workflow = wf.Build();
var tiny = LocalModelOptions.FromTexts("tiny", all[..90].Select(o => o.Words), new SeedKey(1), 300, [.. fruits, "|"], [splitter.Instructions, turner.Instructions]);
using var models = new TeamModels(new Team("back-to-front", [splitter, turner], ModelMap.Full("tiny", "splitter", "turner")), [CpuLanguageModel.Create(tiny)]);

// The plan: a few orders are shown; of many more only the answer is known; the rest is never trained on.
TaskSet<Order> Tasks(Order[] orders) => TaskSet.Create(orders, o => o.Words, workflow, models, o => new State(o.Words), s => s.Said);
var practice = Tasks(practised);
var rewards = new RewardComposer()
    .Add(practice.Outcome((o, run) => run.Outcome == o.Reversed ? 1 : 0))
    .Add(new DelegateReward("middle", run => [Reward.ForRole("splitter", "middle", run.Nodes[0].Text == practice[run.TaskId].Middle ? 1 : 0)]), weight: 0.5);
bool IsRight(Order order, Trajectory run) => run.Outcome == order.Reversed;
var plan = new TrainingPlan("first-training", models)
{
    Seed = 1,
    Stages =
    [
        Stage.Supervise("show", shown.SelectMany(o => new SftExample[] { new("splitter", o.Words, o.Middle), new("turner", $"{o.Words} | {o.Middle}", o.Reversed) }),
            options: new() { MaxEpochs = 40, BatchSize = 8, Patience = null }),
        Stage.Evaluate("before", Tasks(held), IsRight),
        Stage.Reinforce("practise", practice, RlOptions.Grpo with { Rewards = rewards, Steps = 150, GroupSize = 8, Optimizer = new() { LearningRate = 2e-3 } }),
        Stage.Evaluate("after", Tasks(held), IsRight),
    ],
};

// Run it. Killed at any moment, the same command goes on where it stood, and ends with the same weights.
var result = await plan.RunAsync(new() { Folder = args.Length > 0 ? args[0] : "runs/first-training" });
Console.WriteLine(result is null ? "stopped" : $"{result["before"].Success.Rate:P0} before, {result["after"].Success.Rate:P0} after; weights {result.WeightsSha256[..12]}");
return result is null ? 130 : 0;

internal sealed record Order(string Words, string Middle, string Reversed);
internal sealed record State(string Order, string Middle = "", string Said = "");
