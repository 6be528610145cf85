using AgentTeams;
using AgentTeams.Samples;

await using var calculator = await McpToolset.ConnectStdioAsync(CalculatorServer.Options());

var solver = new Role { Name = "solver", Instructions = "Use the calculator, then answer.", Tools = [calculator["calculate"]] };
var wf = Workflow.CreateBuilder<Sum>("tool-calling");
wf.Start(wf.AddRole(solver, s => s.Question, (s, reply) => s with { Answer = reply.Text }));
var workflow = wf.Build();

// The scripted model needs no key; put any IChatClient in its place.
using var model = new ScriptedModel("(12+30)*2");
var result = await workflow.RunAsync(new("What is twice the sum of 12 and 30?"), TeamRuntime.ForAll(model));

foreach (var node in result.Nodes)
    Console.WriteLine($"{node.Id,-15} {(node.Kind == NodeKind.Tool ? $"{node.ToolName}({node.Arguments}) = {node.Result}" : node.Text)}");
Console.WriteLine(result.State.Answer);
return result.State.Answer == "The answer is 84." ? 0 : 1;

internal sealed record Sum(string Question, string Answer = "");
