using System.Globalization;

namespace AgentTeams.Benchmarks.Workflows;

/// <summary>The workflows that are measured.</summary>
internal static class Workloads
{
    public static TeamRuntime Runtime { get; } = TeamRuntime.ForAll(new InstantClient());

    public static WorkflowRunOptions Options { get; } = new() { MaxSteps = int.MaxValue };

    public static Workflow<BenchState> Functions(int nodes) => Chain(nodes, (wf, i) => wf.AddFunction(Name(i), s => s with { Value = s.Value + 1 }));

    public static Workflow<BenchState> Roles(int nodes)
    {
        var role = new Role { Name = "role", Instructions = "Answer." };
        return Chain(nodes, (wf, i) => wf.AddRole(role, s => "question", (s, r) => s with { Value = s.Value + 1 }, options: new() { Name = Name(i) }));
    }

    public static Workflow<BenchState> Parallel(int branches)
    {
        var wf = Workflow.CreateBuilder<BenchState>("parallel");
        wf.Start(wf.AddParallel("all", p =>
        {
            for (var i = 0; i < branches; i++) p.Branch(wf.AddFunction(Name(i), s => s with { Value = s.Value + 1 }));
        }));
        return wf.Build();
    }

    public static Workflow<BenchState> Parked()
    {
        var wf = Workflow.CreateBuilder<BenchState>("parked");
        wf.Start(wf.AddRole(new() { Name = "role", Instructions = "Answer." }, s => "question", (s, r) => s with { Text = r.Text }))
            .Then(wf.AddHuman<string, string>("ask", s => s.Text, (s, a) => s with { Text = a }));
        return wf.Build();
    }

    private static Workflow<BenchState> Chain(int nodes, Func<WorkflowBuilder<BenchState>, int, NodeHandle> add)
    {
        var wf = Workflow.CreateBuilder<BenchState>("chain");
        var chain = wf.Start(add(wf, 0));
        for (var i = 1; i < nodes; i++) chain = chain.Then(add(wf, i));
        return wf.Build();
    }

    private static string Name(int i) => string.Create(CultureInfo.InvariantCulture, $"n{i}");
}
