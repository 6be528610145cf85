using System.Text.Json;
using AgentTeams;
using AgentTeams.Models;
using AgentTeams.Rl;

Problem[] problems = [new("6 apples and 2 more", 8), new("6 pens, 2 lost", 4), new("6 bags of 2 nuts", 12), new("2 more than 6", 8), new("2 less than 6", 4)];

// Declare: two roles and a function, over a state that each hands on.
var planner = new Role { Name = "planner", Instructions = "Name the operation.", Options = OneOf("add", "subtract", "multiply") };
var coder = new Role { Name = "coder", Instructions = "Write the operator.", Options = OneOf("+", "-", "*") };
var wf = Workflow.CreateBuilder<MathState>("plan-code");
var plan = wf.AddRole(planner, s => s.Question, (s, reply) => s with { Plan = reply.Text });
var code = wf.AddRole(coder, s => $"{s.Question}: {s.Plan}", (s, reply) => s with { Operator = reply.Text });
var compute = wf.AddFunction("compute", s => s with { Value = s.Operator switch { "\"+\"" => 6 + 2, "\"-\"" => 6 - 2, _ => 6 * 2 } });
wf.Start(plan).Then(code).Then(compute);
var workflow = wf.Build();

// Run it on any IChatClient. This one is a tiny local model with random weights.
var model = CpuLanguageModel.Create(LocalModelOptions.FromTexts("tiny", problems.Select(p => p.Question), new SeedKey(1)));
var result = await workflow.RunAsync(new MathState(problems[0].Question), TeamRuntime.ForAll(model.GetChatClient(model.Base)));
Console.WriteLine(result.State);

// Train it: the same workflow, on weights that both roles share. The mean reward rises from about 0.3 to about 1.
var team = new Team("math", [planner, coder], ModelMap.Full(model.Id, "planner", "coder"));
using var models = new TeamModels(team, [model]);
var tasks = TaskSet.Create(problems, p => p.Question, Rollouts.From(workflow, models, (Problem p) => new MathState(p.Question), s => $"{s.Value}"));
var rewards = new RewardComposer().Add(tasks.Outcome((p, trajectory) => trajectory.Outcome == $"{p.Answer}" ? 1 : 0));
var options = RlOptions.Grpo with { Rewards = rewards, Steps = 30, Optimizer = new() { LearningRate = 3e-3 } };
await foreach (var step in new RlTrainer<Problem>(models, tasks, options).TrainAsync())
    Console.WriteLine($"{step.Step}: {step.Metrics["reward"]:0.00}");

static RoleOptions OneOf(params string[] choices) => new() { ResponseSchema = JsonSerializer.SerializeToElement(new { @enum = choices }) };

internal sealed record Problem(string Question, int Answer);
internal sealed record MathState(string Question, string Plan = "", string Operator = "", int Value = 0);
