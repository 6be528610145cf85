using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

internal sealed record Counter(int Value = 0, string Log = "")
{
    public Counter Add(string entry) => this with { Value = Value + 1, Log = Log + entry };
}

internal static class Helpers
{
    public static Role Role(string name, params AIFunction[] tools) => new() { Name = name, Tools = tools };

    public static TeamRuntime Runtime(IChatClient client) => TeamRuntime.ForAll(client);

    /// <summary>For workflows without roles.</summary>
    public static TeamRuntime NoModel { get; } = new TeamRuntime { ChatClientSelector = _ => throw new InvalidOperationException("No model is expected.") };

    public static AIFunction Tool(string name, Delegate function) => AIFunctionFactory.Create(function, name);

    public static Workflow<Counter> OneRole(Role role, NodeOptions<Counter>? options = null, Func<Counter, ChatResponse, string?>? validate = null)
    {
        var wf = Workflow.CreateBuilder<Counter>("one");
        wf.Start(wf.AddRole(role, _ => "question", (s, reply) => s.Add(reply.Text), validate, options));
        return wf.Build();
    }

    public static async Task<List<WorkflowEvent>> ReadAsync(this IAsyncEnumerable<WorkflowEvent> events)
    {
        var read = new List<WorkflowEvent>();
        await foreach (var e in events) read.Add(e);
        return read;
    }

    public static IEnumerable<TrajectoryNode> Nodes(this IEnumerable<WorkflowEvent> events) => events.OfType<CallRecorded>().Select(c => c.Node);
}
