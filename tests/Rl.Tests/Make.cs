using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>Small trajectories, rows and numbers for tests.</summary>
internal static class Make
{
    public static TrajectoryNode Node(string id, string role, int turn = 0, string text = "ok") => new()
    {
        Id = id, Kind = NodeKind.Role, Name = role, Role = role, Turn = turn, Policy = new(role),
        Input = [new(ChatRole.System, "be brief"), new(ChatRole.User, "line one\nline \"two\" ü")],
        Output = [new(ChatRole.Assistant, text)], Usage = new(3, 2),
    };

    /// <summary>A reply whose tokens are recorded: ids 0, 1, ...</summary>
    public static TrajectoryNode Tokens(string id, string role, int turn, int count, string text = "ok") => Node(id, role, turn, text) with
    {
        Tokens = new()
        {
            PromptIds = [7, 7, 7], CompletionIds = [.. Enumerable.Range(0, count)], LogProbs = new float[count], Policy = new(role), WeightsVersion = 0, Temperature = 1,
        },
    };

    public static Trajectory Trajectory(string id, IEnumerable<TrajectoryNode> nodes, string group = "g", params Reward[] rewards) => new()
    {
        Id = id, WorkflowName = "w", TaskId = group, GroupId = group, Status = TrajectoryStatus.Completed, Outcome = id,
        Nodes = [.. nodes], Rewards = [.. rewards],
    };

    /// <summary>Returns of one-node trajectories, one for each value.</summary>
    public static InvocationReturn[] Returns(params double[] values) => Returns("g", "solver", values);

    public static InvocationReturn[] Returns(string group, string role, params double[] values) =>
        [.. values.Select((v, i) => Return($"{group}{i}", role, 0, v, group))];

    public static InvocationReturn Return(string trajectory, string role, int turn, double value, string group = "g")
    {
        var node = Node($"{role}{turn}", role, turn);
        return new(Trajectory(trajectory, [node], group), node, value);
    }

    /// <summary>A token trace of a completion of that length.</summary>
    public static TokenTrace Trace(int tokens, string model = "m") => new()
    {
        PromptIds = [1], CompletionIds = [.. Enumerable.Repeat(5, tokens)], LogProbs = [.. Enumerable.Repeat(-1f, tokens)], Policy = new(model), WeightsVersion = 0, Temperature = 1,
    };

    public static TrainingRow Row(int tokens) => new()
    {
        PromptIds = [1], CompletionIds = new int[tokens], Role = "solver", TrajectoryId = "t", NodeId = "n",
    };

    public static TokenGradient Gradient(int tokens) => new(new float[tokens], new float[tokens], []);

    public static void Near(IReadOnlyList<double> expected, IReadOnlyList<double> actual, double tolerance = 1e-6)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (var i = 0; i < expected.Count; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance, $"[{i}]: expected {expected[i]}, got {actual[i]}");
    }
}
