using System.Globalization;
using Microsoft.Agents.AI.Workflows;

namespace AgentTeams.Benchmarks.Workflows;

/// <summary>The same chains elsewhere: as plain code, and in Agent Framework, whose checkpoint after each node holds the whole run, as LangGraph's does.</summary>
internal static class Peers
{
    public static async Task<BenchState> ByHandAsync(int nodes)
    {
        var state = new BenchState();
        for (var i = 0; i < nodes; i++) state = await StepAsync(state);
        return state;
    }

    public static Microsoft.Agents.AI.Workflows.Workflow AgentFrameworkChain(int nodes)
    {
        var executors = Enumerable.Range(0, nodes).Select(i => ((Func<BenchState, BenchState>)(s => s with { Value = s.Value + 1 }))
            .BindAsExecutor(string.Create(CultureInfo.InvariantCulture, $"n{i}"), null, false)).ToList();
        var builder = new WorkflowBuilder(executors[0]);
        for (var i = 1; i < nodes; i++) builder.AddEdge(executors[i - 1], executors[i]);
        return builder.WithOutputFrom(executors[^1]).Build();
    }

    public static async Task RunAsync(Microsoft.Agents.AI.Workflows.Workflow workflow, CheckpointManager? checkpoints = null)
    {
        var run = checkpoints is null
            ? await InProcessExecution.RunAsync(workflow, new BenchState())
            : await InProcessExecution.RunAsync(workflow, new BenchState(), checkpoints);
        await run.DisposeAsync();
    }

    private static ValueTask<BenchState> StepAsync(BenchState state) => new(state with { Value = state.Value + 1 });
}
