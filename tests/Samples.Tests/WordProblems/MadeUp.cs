using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using AgentTeams.Samples.WordProblems;
using Microsoft.Extensions.AI;

namespace AgentTeams.Samples.Tests.WordProblems;

/// <summary>Runs and evaluations that no model made.</summary>
internal static class MadeUp
{
    public static Problem Problem(string id, string question = "anna has number0 apples . ben gives anna number1 apples . how many ?") =>
        new(id, question, ["12", "30"], Formula.ParsePrefix("+ number0 number1"), 42);

    /// <summary>A run whose calculator says these values, round by round; every round but the last is turned down.</summary>
    public static EvaluatedProblem Run(string id, params double[] values)
    {
        var problem = Problem(id);
        var nodes = values.SelectMany((value, turn) => Round(turn, value, turn == values.Length - 1)).ToImmutableArray();
        var trajectory = new Trajectory { Id = id, WorkflowName = "team", TaskId = id, GroupId = id, Status = TrajectoryStatus.Completed, Nodes = nodes };
        return new(problem, trajectory, problem.IsAnswer(values[^1]));
    }

    public static MeasuredTeam Evaluation(params EvaluatedProblem[] outcomes) => new(
        new(outcomes.Count(o => o.IsRight), outcomes.Length),
        new(outcomes.Count(o => o.Problem.IsAnswer(DrawnRound.Of(o.Trajectory)[0].Value!.Value)), outcomes.Length),
        new(0.9, 0.6),
        outcomes);

    public static RunReport Report(int steps = 60) => new()
    {
        Title = "Word problems <seed 1>",
        Configuration = [("labels", "300"), ("mapping", "shared & equal"), ("seed", "1")],
        SftEpochs = [.. Enumerable.Range(0, 12).Select(i => new SftEpoch(i, i * 20, 2 * Math.Exp(-i / 4.0), 0.3 + 1.8 * Math.Exp(-i / 4.0), 20_000, true))],
        Steps = [.. Enumerable.Range(0, steps).Select(i => (i, Metrics(i)))],
        Before = Evaluation(Run("t-0", 360), Run("t-1", 42), Run("t-2", 18, 360), Run("t-3", 1)),
        After = Evaluation(Run("t-0", 42), Run("t-1", 42), Run("t-2", 360, 42), Run("t-3", 18, 360, 18)),
        Figures = [new("SFT for the same updates", "46.3 %", "trails RL by 22 points"), new("Plan of another problem", "31.0 %", "plans carry <information>")],
    };

    public static IReadOnlyDictionary<string, double> Metrics(int step)
    {
        var random = new SeedKey(0, Step: step).ToRandom();
        double Noisy(double low, double high) => low + (high - low) * (1 - Math.Exp(-step / 25.0)) + 0.06 * (random.NextDouble() - 0.5);
        return new Dictionary<string, double>
        {
            ["planner/reward"] = Noisy(0.42, 0.8),
            ["coder/reward"] = Noisy(0.4, 0.74),
            ["verifier/reward"] = Noisy(0.5, 0.9),
            ["rewards/outcome/mean"] = Noisy(0.38, 0.72),
            ["rewards/format/mean"] = Noisy(0.9, 1),
            ["rewards/verdict/mean"] = Noisy(0.6, 0.8),
            ["reward"] = Noisy(0.4, 0.8),
            ["tokens/input"] = 30_000,
            ["tokens/output"] = 10_000,
        };
    }

    private static IEnumerable<TrajectoryNode> Round(int turn, double value, bool last)
    {
        TrajectoryNode Node(string name, NodeKind kind, string text) => new()
        {
            Id = $"{name}#{turn.ToString(CultureInfo.InvariantCulture)}",
            Kind = kind,
            Name = name,
            Turn = turn,
            Role = kind == NodeKind.Role ? name : null,
            Output = kind == NodeKind.Role ? [new ChatMessage(ChatRole.Assistant, text)] : [],
            Result = kind == NodeKind.Tool ? JsonSerializer.SerializeToElement(text) : null,
        };
        yield return Node(Prompts.Planner, NodeKind.Role, value == 360 ? "multiply" : "add");
        yield return Node(Prompts.Coder, NodeKind.Role, value == 360 ? "number0 * number1" : "number0 + number1");
        yield return Node("calculator", NodeKind.Tool, value.ToString(CultureInfo.InvariantCulture));
        yield return Node(Prompts.Verifier, NodeKind.Role, last ? Prompts.Accept : Prompts.WrongOperation);
    }
}
