using AgentTeams;
using MyTeam;

using var model = Training.CreateModel(seed: 1);
var step = 0;
await foreach (var reward in Training.RunAsync(model, steps: 30)) Console.WriteLine($"step {step++}: mean reward {reward:0.00}");

var question = args is [var asked, ..] ? asked : Training.Problems[0].Question;
var result = await MathTeam.CreateWorkflow().RunAsync(new MathState(question), TeamRuntime.ForAll(model.GetChatClient(model.Base)));
Console.WriteLine($"{question}: {result.State.Operator}");
