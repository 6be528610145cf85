using Microsoft.Extensions.AI;

namespace AgentTeams.Samples.WordProblems;

/// <summary>What each role is shown, and the answers it can give. One place for supervised rows and for the running team.</summary>
internal static class Prompts
{
    public const string Planner = "planner";
    public const string Coder = "coder";
    public const string Verifier = "verifier";
    public const string Accept = "accept";
    public const string WrongOperation = "retry operation";
    public const string WrongNumbers = "retry numbers";

    /// <summary>What the verifier is shown when an expression has no value.</summary>
    public const string NoValue = "none";

    public static IReadOnlyList<string> Roles { get; } = [Planner, Coder, Verifier];

    /// <summary>The special token that tells a shared model which role it plays.</summary>
    public static string InstructionsOf(string role) => $"<|{role}|>";

    public static Prompt ForPlanner(TeamState state) =>
        state.Round == 0 ? Messages(state.Question) : Messages(state.Question, $"{state.Verdict} {state.RejectedPlan}");

    public static Prompt ForCoder(TeamState state) =>
        state.Round == 0 ? Messages(state.Question, state.Plan) : Messages(state.Question, state.Plan, $"retry {state.RejectedExpression}");

    /// <summary>The verifier is told of a retry, since a second thought is right less often than a first one.</summary>
    public static Prompt ForVerifier(TeamState state)
    {
        var claim = $"{state.Expression} = {state.Value}";
        return Messages(state.Question, state.Round == 0 ? claim : $"retry {claim}");
    }

    /// <summary>The verdict that a teacher who knows the solution would give.</summary>
    public static string RightVerdict(Formula solution, bool isRight, string plan) =>
        isRight ? Accept : plan == solution.ToPlan() ? WrongNumbers : WrongOperation;

    public static bool IsPlan(string text) =>
        text.Split(' ') is { Length: <= 6 } words && words.All(w => Formula.OperationNames.Values.Contains(w));

    public static bool IsVerdict(string text) => text is Accept or WrongOperation or WrongNumbers;

    private static ChatMessage[] Messages(params string[] texts) => [.. texts.Select(t => new ChatMessage(ChatRole.User, t))];
}
