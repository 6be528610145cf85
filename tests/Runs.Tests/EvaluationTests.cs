using System.Collections.Immutable;
using System.Text.Json;

namespace AgentTeams.Tests;

public sealed class EvaluationTests : IDisposable
{
    private readonly SumPlan _plan = new();

    [Fact]
    public void Measure_RunsOfTwoTasks_CountsAsTheFormulasSay()
    {
        var evaluator = new TeamEvaluator<SumPlan.Sum>(_plan.Tasks, SumPlan.IsRight, new() { Samples = 3, K = [1, 2, 3] })
        {
            Measures = new Dictionary<string, Func<SumPlan.Sum, Trajectory, double?>> { ["length"] = (_, run) => run.Outcome!.Length, ["never"] = (_, _) => null },
        };

        // s1 is odd: right, right, wrong. s0 is even: wrong, wrong, right, in the order of the samples.
        var made = evaluator.Measure("made up", [Run("s1", 1, "1"), Run("s1", 0, "1"), Run("s1", 2, "0"), Run("s0", 0, "1"), Run("s0", 1, "1"), Run("s0", 2, "0")]);

        Assert.Equal(new SuccessRate(3, 6), made.Success);
        Assert.Equal(0.5, made.PassAtK[1], 12);
        Assert.Equal((1.0 + (2.0 / 3)) / 2, made.PassAtK[2], 12);
        Assert.Equal(1, made.PassAtK[3], 12);
        Assert.Equal([0.5, 0.5, 0.5], made.MajorityAtK.Values);
        Assert.Equal(1, made.Measures["length"]);
        Assert.True(double.IsNaN(made.Measures["never"]));
        Assert.Equal([("s1", 2), ("s0", 1)], made.Tasks.Select(t => (t.TaskId, t.Successes)));
    }

    [Fact]
    public void Measure_RunThatFailed_IsNoSuccessAndIsCounted()
    {
        var made = new TeamEvaluator<SumPlan.Sum>(_plan.Tasks, SumPlan.IsRight).Measure("x", [Run("s0", 0, "0"), Run("s1", 0, "1") with { Status = TrajectoryStatus.Failed }]);

        Assert.Equal((new SuccessRate(1, 2), 1), (made.Success, made.Failed));
    }

    [Fact]
    public async Task EvaluateAsync_OneSample_IsGreedyAndTellsWhatRolesUsed()
    {
        var evaluator = new TeamEvaluator<SumPlan.Sum>(_plan.Tasks, SumPlan.IsRight, new() { Prices = _ => new(1_000_000, 0) });

        var first = await evaluator.EvaluateAsync("a", new SeedKey(1, "eval"));
        var second = await evaluator.EvaluateAsync("b", new SeedKey(2, "eval"));

        // What is likeliest does not depend on the seed.
        Assert.Equal(first.Tasks.Select(t => t.Successes), second.Tasks.Select(t => t.Successes));
        Assert.Equal(SumPlan.Sums.Length, first.Roles["adder"].Calls);
        Assert.Equal(first.Roles["adder"].InputTokens, first.Roles["adder"].Cost);
    }

    [Fact]
    public void CompareTo_OtherTasks_IsRefused()
    {
        var evaluator = new TeamEvaluator<SumPlan.Sum>(_plan.Tasks, SumPlan.IsRight);

        Assert.Throws<AgentTeamsException>(() => evaluator.Measure("a", [Run("s0", 0, "0")]).CompareTo(evaluator.Measure("b", [Run("s1", 0, "1")]), new Random(1)));
    }

    [Fact]
    public void EvaluationOptions_KAboveSamples_IsRefused() =>
        Assert.Contains("K is", Assert.Throws<AgentTeamsException>(() => new TeamEvaluator<SumPlan.Sum>(_plan.Tasks, SumPlan.IsRight, new() { K = [2] })).Message, StringComparison.Ordinal);

    [Fact]
    public void Evaluation_WrittenAndRead_IsTheSame()
    {
        var made = new TeamEvaluator<SumPlan.Sum>(_plan.Tasks, SumPlan.IsRight).Measure("x", [Run("s0", 0, "0"), Run("s1", 0, "0")]);

        var read = JsonSerializer.Deserialize<TeamEvaluation>(JsonSerializer.Serialize(made, TrajectoryJson.Options), TrajectoryJson.Options)!;

        Assert.Equal(JsonSerializer.Serialize(made, TrajectoryJson.Options), JsonSerializer.Serialize(read, TrajectoryJson.Options));
        Assert.Equal(made.Success, read.Success);
    }

    public void Dispose() => _plan.Dispose();

    private static Trajectory Run(string task, int sample, string outcome) => new()
    {
        Id = $"{task}-{sample}", WorkflowName = "sum", TaskId = task, GroupId = task, SampleIndex = sample, Status = TrajectoryStatus.Completed, Outcome = outcome,
        Nodes = ImmutableArray<TrajectoryNode>.Empty,
    };
}
