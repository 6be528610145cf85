using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>The code of docs/rewards.md, which must compile as it stands there, and what it does.</summary>
public sealed class RewardsSnippets
{
    [Fact]
    public async Task Guide_Composer_WeighsOutcomeLengthAndRubric()
    {
        using var judge = new ScriptedChatClient("""{"reason": "so", "grade": 5}""");
        var tasks = TaskSet.Create([new Question("q", "4")], q => q.Id, (_, _, _) => throw new NotSupportedException());

        var rewards = new RewardComposer { MaxConcurrency = 8 }
            .Add(tasks.Outcome((task, run) => run.Outcome == task.Answer ? 1 : 0))
            .Add(new LengthReward { Role = "writer", Budget = 200 }, weight: 0.1)
            .Add(new RubricReward(judge,
            [
                new("clear", "A layman understands every sentence.") { Weight = 2 },
                new("short", "Nothing could be left out."),
                new("safe", "Names no medicine.") { Veto = true },
            ]), weight: 0.5);

        var scored = await rewards.ScoreAsync([Run("t", "4", Reply("w", "writer", "four"))]);
        Assert.Equal(1 - 0.1 * 10 / 200 + 0.5 * 0.5, scored[0].Rewards.Sum(r => r.Weight * r.Value), 1e-12);
    }

    [Fact]
    public async Task Guide_TurnsAndRoles_PayForChanges()
    {
        var shares = new TurnShareReward
        {
            Score = (run, turn) => PassRate(run, turn),
            Shares = new Dictionary<string, TurnShare> { ["planner"] = TurnShare.Delta, ["coder"] = TurnShare.Delta, ["reflector"] = TurnShare.NextDelta },
        };
        var advice = new ImprovementReward { Role = "reviewer", Of = "writer", Score = (run, reply) => Quality(reply.Text) };
        var handedOver = new CrossRoleReward { Role = "planner", From = "coder", Score = (run, replies) => Quality(replies[^1].Text) };

        var run = Run("t", "x", Reply("p", "planner", "a"), Reply("c", "coder", "good"), Reply("w", "writer", "bad"), Reply("r", "reviewer", "try"), Reply("w#1", "writer", "good"));
        var scored = await new RewardComposer().Add(shares).Add(advice).Add(handedOver).ScoreAsync([run]);
        Assert.Equal([("turn", 0.5), ("turn", 0.5), ("improvement", 1), ("cross_role", 1)], scored[0].Rewards.Select(r => (r.Name, r.Value)));
    }

    [Fact]
    public async Task Guide_Steps_AreJudgedWhereTheyEnd()
    {
        var tokenizer = LocalModelOptions.FromTexts("tiny", ["6 + 2 = 8\nso 8"], new SeedKey(1)).Tokenizer;
        Func<string, CancellationToken, ValueTask<double>> verifier = (text, _) => new(text.Contains("so 8", StringComparison.Ordinal) ? 1 : 0.5);

        var steps = new ProcessReward
        {
            Role = "solver",
            Steps = CompletionSteps.EndingWith("\n", ids => tokenizer.Decode(ids)),
            Score = async (step, token) => await verifier(step.TextSoFar, token),
            Deltas = true,
        };
        var unimportant = new ProcessReward
        {
            Name = "unimportant",
            Role = "solver",
            Steps = CompletionSteps.Every(32, ids => tokenizer.Decode(ids)),
            Score = (step, _) => new(-(1 - Importance(step.Step.Text)) * step.Step.TokenCount / 256),
        };

        var ids = tokenizer.Encode("6 + 2 = 8\nso 8");
        var trace = new TokenTrace { PromptIds = [0], CompletionIds = ids, LogProbs = new float[ids.Length], Policy = new("tiny"), WeightsVersion = 0, Temperature = 1 };
        var scored = await new RewardComposer().Add(steps).Add(unimportant).ScoreAsync([Run("t", "8", Reply("s", "solver", "6 + 2 = 8\nso 8") with { Tokens = trace })]);
        var ends = scored[0].Rewards.Where(r => r.Name == "process").ToList();
        Assert.Equal([0.5, 0.5], ends.Select(r => r.Value));
        Assert.EndsWith("\n", tokenizer.Decode(ids.Take(ends[0].Target.LastToken!.Value + 1)), StringComparison.Ordinal);
        Assert.Equal(ids.Length - 1, ends[1].Target.LastToken);
        Assert.Equal(-0.5 * ids.Length / 256, scored[0].Rewards.Where(r => r.Name == "unimportant").Sum(r => r.Value), 1e-9);
    }

    [Fact]
    public async Task Guide_Judge_IsMeasuredAndCalibrated()
    {
        using var judge = new ScriptedChatClient(call =>
            ScriptedReply.Say(call.Messages[^1].Text.Contains("good", StringComparison.Ordinal) ? """{"grade": 9}""" : """{"grade": 6}"""));
        var rubric = new RubricReward(judge, [new("well", "Is it well written?")]);
        List<LabelledRun> labelled = [new(Run("a", "good"), 1), new(Run("b", "bad"), 0)];

        var judged = await JudgedRuns.OfAsync(rubric, labelled);
        Console.WriteLine(judged.Agreement());
        IScoreCalibration map = labelled.Count < 100 ? AffineCalibration.Fit(judged.Scores, judged.Labels) : IsotonicCalibration.Fit(judged.Scores, judged.Labels);
        var calibrated = new RewardComposer().Add(new CalibratedReward(rubric, map));

        Assert.Equal(0.5, judged.Agreement().Agreement);
        Assert.Equal(1, judged.Agreement().Spearman, 1e-12);
        Assert.Equal([1, 0], (await calibrated.ScoreAsync([.. labelled.Select(l => l.Trajectory)])).Select(t => Math.Round(t.Rewards[0].Value, 9)));
    }

    private static double PassRate(Trajectory run, int turn) => run.Nodes.Any(n => n.Role == "coder" && n.Turn == turn) ? 0.5 : 0;

    private static double Quality(string text) => text == "good" ? 1 : 0;

    private static double Importance(string text) => text.Length > 0 ? 0.5 : 1;

    private static TrajectoryNode Reply(string id, string role, string text) => new()
    {
        Id = id, Kind = NodeKind.Role, Name = role, Role = role, Input = [new(ChatRole.User, "write")], Output = [new(ChatRole.Assistant, text)], Usage = new(5, 10),
    };

    private static Trajectory Run(string id, string outcome, params TrajectoryNode[] nodes) => new()
    {
        Id = id, WorkflowName = "w", TaskId = "q", GroupId = "q", Status = TrajectoryStatus.Completed, Outcome = outcome, Nodes = [.. nodes],
    };

    private sealed record Question(string Id, string Answer);
}
