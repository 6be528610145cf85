using Microsoft.Extensions.AI;

namespace AgentTeams.Samples.GpuTeam;

/// <summary>A planner, a coder and a verifier; a rejected expression is written once more.</summary>
internal static class GsmTeam
{
    public const string Planner = "planner";
    public const string Coder = "coder";
    public const string Verifier = "verifier";
    private const int MaxRounds = 2;

    /// <summary>The roles, each with an adapter of its own on one model.</summary>
    public static Team Create(string model, int maxTokens) => new("gsm",
    [
        RoleOf(Planner, "Say in a few short steps how to work out the answer. Do not compute it.", maxTokens),
        RoleOf(Coder, "Write one arithmetic expression with numbers, + - * / and parentheses whose value is the answer. Write nothing else.", Math.Min(64, maxTokens)),
        RoleOf(Verifier, "Answer 'accept' if the expression answers the question, else 'reject'.", 8),
    ], ModelMap.Adapters(model, [Planner, Coder, Verifier]));

    /// <summary>The workflow over a team.</summary>
    /// <param name="team">The team.</param>
    /// <param name="calculator">The calculator's tool.</param>
    /// <param name="temperature">At which the roles are sampled; 0 is greedy.</param>
    public static Workflow<GsmState> Define(Team team, AIFunction calculator, float temperature)
    {
        Role At(string role) => team[role] with { Options = team[role].Options with { Temperature = temperature } };
        var wf = Workflow.CreateBuilder<GsmState>(team.Name);
        var plan = wf.AddRole(At(Planner), s => s.Question, (s, reply) => s with { Plan = reply.Text });
        var code = wf.AddRole(At(Coder), s => $"{s.Question}\nPlan: {s.Plan}{s.Objection}", (s, reply) => s with { Expression = reply.Text.Trim() });
        var run = wf.AddTool(calculator, s => new { expression = s.Expression }, (s, result) => s with { Value = result.IsError ? "none" : result.Text });
        var verify = wf.AddRole(At(Verifier), s => $"{s.Question}\n{s.Expression} = {s.Value}", (s, reply) => s with { IsAccepted = IsAccept(reply.Text) });
        var retry = wf.AddFunction("retry", s => s with { Round = s.Round + 1, Objection = $"\nNot: {s.Expression}" });
        wf.Start(plan).Then(code).Then(run);
        wf.Branch(run, b => b.When(s => s.Round == MaxRounds - 1, Workflow.End, "last round").Otherwise(verify));
        wf.Branch(verify, b => b.When(s => s.IsAccepted, Workflow.End, "accepted").Otherwise(retry, "rejected"));
        wf.From(retry).Then(code);
        return wf.Build();
    }

    /// <summary>1 for the team if its value is the answer; for the verifier whether it judged the value it saw rightly.</summary>
    public static RewardComposer Rewards(IReadOnlyDictionary<string, GsmTask> tasks) => new RewardComposer()
        .Add(new OutcomeReward(t => tasks[t.TaskId].IsAnswer(t.Outcome) ? 1 : 0))
        .Add(new DelegateReward("verifier", t => [.. t.Nodes.Where(n => n is { Name: Verifier, Error: null }).Select(n => Judge(n, t, tasks[t.TaskId]))], mayAbstain: true), 0.5);

    private static Reward Judge(TrajectoryNode verdict, Trajectory trajectory, GsmTask task)
    {
        var seen = trajectory.Nodes.LastOrDefault(n => n.Kind == NodeKind.Tool && n.Step < verdict.Step);
        var isRight = task.IsAnswer(seen?.Result?.ToString());
        return Reward.ForNode(verdict.Id, "verifier", IsAccept(verdict.Text) == isRight ? 1 : 0);
    }

    private static bool IsAccept(string text) => text.Contains("accept", StringComparison.OrdinalIgnoreCase);

    private static Role RoleOf(string name, string instructions, int maxTokens) => new() { Name = name, Instructions = instructions, Options = new RoleOptions { MaxOutputTokens = maxTokens } };
}

/// <summary>What the team knows of a task so far. The answer is not part of it.</summary>
internal sealed record GsmState(string Question)
{
    /// <summary>Zero-based.</summary>
    public int Round { get; init; }

    public string Plan { get; init; } = "";

    public string Expression { get; init; } = "";

    /// <summary>What the calculator said.</summary>
    public string Value { get; init; } = "";

    public bool IsAccepted { get; init; }

    /// <summary>What the coder is told of an expression that was rejected.</summary>
    public string Objection { get; init; } = "";
}
