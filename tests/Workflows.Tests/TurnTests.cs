namespace AgentTeams.Tests;

public sealed class TurnTests
{
    public static TheoryData<string, int[]> Orders => new()
    {
        // No loop; a loop and what follows it; a loop in a loop; a body that takes another way; speakers in any order.
        { "A B C", [0, 0, 0] },
        { "S A B A B A B Z", [0, 0, 0, 1, 1, 2, 2, 2] },
        { "A B B A B B B Z", [0, 0, 1, 2, 2, 3, 4, 4] },
        { "E Y Z E X Y Z", [0, 0, 0, 1, 1, 1, 1] },
        { "a b c b a", [0, 0, 0, 1, 2] },
        { "A A A", [0, 1, 2] },
    };

    [Theory]
    [MemberData(nameof(Orders))]
    public void Enter_AnyOrder_BeginsATurnWhereTheRunGoesBack(string order, int[] turns)
    {
        var counter = new TurnCounter<string>();
        Assert.Equal(turns, order.Split(' ').Select(counter.Enter));
    }

    [Fact]
    public async Task RunAsync_NodeAfterALoop_BelongsToItsLastTurn()
    {
        var wf = Workflow.CreateBuilder<int>("count");
        var client = new ScriptedChatClient("1", "2", "3", "done");
        var step = wf.AddRole(new Role { Name = "step" }, s => $"{s}", (s, _) => s + 1);
        var close = wf.AddRole(new Role { Name = "close" }, s => $"{s}", (s, _) => s);
        wf.Start(step);
        wf.Branch(step, b => b.When(s => s < 3, step).Otherwise(close));
        wf.Branch(close, b => b.When(s => s < 0, step).Otherwise(Workflow.End));
        var run = await TrajectoryOf(wf.Build(), client);
        Assert.Equal([("step", 0), ("step", 1), ("step", 2), ("close", 2)], run.Select(n => (n.Name, n.Turn)));
    }

    private static async Task<IReadOnlyList<TrajectoryNode>> TrajectoryOf(Workflow<int> workflow, ScriptedChatClient client) =>
        (await workflow.RunAsync(0, TeamRuntime.ForAll(client))).Nodes;
}
