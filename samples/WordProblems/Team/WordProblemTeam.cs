using System.Globalization;
using Microsoft.Extensions.AI;

namespace AgentTeams.Samples.WordProblems;

/// <summary>Planner, coder, calculator and verifier: up to three rounds, the last round's value counts.</summary>
internal static class WordProblemTeam
{
    public const string CalculatorNode = "calculate";
    public const int MaxRounds = 3;

    /// <summary>The roles over a model map.</summary>
    public static Team Create(ModelMap models) => new("word-problems",
        [RoleOf(Prompts.Planner, maxTokens: 8), RoleOf(Prompts.Coder, maxTokens: 16), RoleOf(Prompts.Verifier, maxTokens: 5)], models);

    /// <summary>The workflow over a team.</summary>
    /// <param name="team">The team.</param>
    /// <param name="calculator">The calculator's tool.</param>
    public static Workflow<TeamState> Define(Team team, AIFunction calculator)
    {
        var wf = Workflow.CreateBuilder<TeamState>(team.Name);
        var plan = wf.AddRole(team[Prompts.Planner], Prompts.ForPlanner, (s, reply) => s with { Plan = reply.Text });
        var code = wf.AddRole(team[Prompts.Coder], Prompts.ForCoder, (s, reply) => s with { Expression = reply.Text });
        var run = wf.AddTool(calculator, s => new { expression = Problem.Substitute(s.Expression, s.Numbers) },
            (s, result) => s with { Value = result.IsError ? Prompts.NoValue : result.Text }, new NodeOptions<TeamState> { Name = CalculatorNode });
        var verify = wf.AddRole(team[Prompts.Verifier], Prompts.ForVerifier, (s, reply) => s with { Verdict = reply.Text });
        var retry = wf.AddFunction("retry", s => s with { Round = s.Round + 1, RejectedPlan = s.Plan, RejectedExpression = s.Expression });
        wf.Start(plan).Then(code).Then(run);
        // The last round's value counts whatever anyone thinks of it.
        wf.Branch(run, b => b.When(s => s.Round == MaxRounds - 1, Workflow.End, "last round").Otherwise(verify));
        wf.Branch(verify, b => b.When(s => s.IsAccepted, Workflow.End, "accepted").Otherwise(retry, "rejected"));
        wf.From(retry).Then(plan);
        return wf.Build();
    }

    /// <summary>What happened in each round of a run, as far as it came.</summary>
    public static IReadOnlyList<TeamRound> RoundsOf(Trajectory trajectory) =>
    [
        .. trajectory.Nodes.GroupBy(n => n.Turn).OrderBy(g => g.Key).Select(turn =>
        {
            TrajectoryNode? Find(string name) => turn.FirstOrDefault(n => n.Name == name);
            return new TeamRound(turn.Key, Find(Prompts.Planner), Find(Prompts.Coder), Find(CalculatorNode), Find(Prompts.Verifier));
        }),
    ];

    private static Role RoleOf(string name, int maxTokens) => new()
    {
        Name = name,
        Instructions = Prompts.InstructionsOf(name),
        Options = new RoleOptions { MaxOutputTokens = maxTokens },
    };
}

/// <summary>One round of a run; a node is null if the run did not come so far.</summary>
internal sealed record TeamRound(int Turn, TrajectoryNode? Plan, TrajectoryNode? Code, TrajectoryNode? Calculation, TrajectoryNode? Verification)
{
    /// <summary>What the calculator said, as the verifier saw it.</summary>
    public string Value => Calculation is { Error: null, Result: { } result } ? result.ToString() : Prompts.NoValue;

    public bool IsAccepted => Verification?.Text == Prompts.Accept;

    /// <summary>Whether the calculator's value is the answer.</summary>
    public bool IsRight(Problem problem) => double.TryParse(Value, CultureInfo.InvariantCulture, out var value) && problem.IsAnswer(value);
}
