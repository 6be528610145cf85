using System.Collections.Immutable;
using AgentTeams.Workflows;
using Microsoft.Extensions.AI;

namespace AgentTeams.KillWorkflows;

internal sealed record TeamState(string Topic, int Round = 0)
{
    public ImmutableArray<string> Log { get; init; } = [];

    public TeamState Note(string entry) => this with { Log = Log.Add(entry) };
}

/// <summary>A workflow with parallel branches, a race, a map, tools, a human request, a workflow inside and a loop.</summary>
internal static class KilledTeam
{
    public static Workflow<TeamState> Build(Callee callee)
    {
        var item = Workflow.CreateBuilder<TeamState>("item");
        item.Start(item.AddRole(new() { Name = "reader" }, s => $"read {s.Topic}", (s, r) => s.Note(r.Text)))
            .Then(item.AddTool(Tool(callee, "file"), s => new { what = s.Topic }, (s, r) => s.Note(r.Text)));
        var each = item.Build().Bind((string topic) => new TeamState(topic), s => string.Join('+', s.Log));

        var wf = Workflow.CreateBuilder<TeamState>("killed");
        var plan = wf.AddRole(new() { Name = "planner", Memory = MemoryPolicy.Conversation, Tools = [Tool(callee, "look")] }, s => $"plan {s.Round}", (s, r) => s.Note(r.Text));
        var facts = wf.AddTool(Tool(callee, "facts"), s => new { what = $"{s.Topic}{s.Round}" }, (s, r) => s.Note(r.Text));
        var style = wf.AddRole(new() { Name = "stylist" }, s => $"style {s.Round}", (s, r) => s.Note(r.Text));
        var clock = wf.AddFunction("clock", async (s, token) => await callee.DoAsync($"clock {s.Round}", "7", token), (s, time) => s.Note(time));
        wf.From(style).Then(clock);
        var review = wf.AddParallel("review", p => p.Branch(facts).Branch(style));
        var count = wf.AddFunction("count", s => s with { Round = s.Round + 1 });
        wf.From(plan).Then(review).Then(count);
        var loop = wf.AddLoop("loop", plan, s => s.Round == 3);
        var map = wf.AddMap("map", s => s.Topic.Split(' '), each, (s, all) => s.Note(string.Join('|', all)), new() { MaxConcurrency = 3 });
        var approve = wf.AddHuman<string, string>("approve", s => s.Topic, (s, answer) => s.Note(answer));
        wf.Start(loop).Then(map).Then(approve).Then(wf.AddWorkflow(each, s => "end", (s, text) => s.Note(text)));
        return wf.Build();
    }

    private static AIFunction Tool(Callee callee, string name) => AIFunctionFactory.Create(
        async (string what, AIFunctionArguments arguments, CancellationToken token) => await callee.DoAsync(ToolCallContext.Of(arguments)!.IdempotencyKey, $"{name} {what}", token), name);
}
