using Microsoft.Extensions.AI;

namespace AgentTeams.Samples.WordProblems;

/// <summary>Supervised rows: what each role should have said.</summary>
/// <param name="models">The team, whose tokenizers and templates turn texts into ids.</param>
internal sealed class LabelledRows(TeamModels models)
{
    /// <summary>The planner's and the coder's first round.</summary>
    public IEnumerable<TrainingRow> FirstRound(Problem problem)
    {
        var state = StateOf(problem) with { Plan = problem.Solution.ToPlan() };
        yield return Row(Prompts.Planner, Prompts.ForPlanner(state), state.Plan);
        yield return Row(Prompts.Coder, Prompts.ForCoder(state), problem.Solution.ToInfix());
    }

    /// <summary>
    /// Coder rows for plans that are not the problem's: the same operands under another operation. They teach the coder to do
    /// what the plan says, so that the planner's choice decides.
    /// </summary>
    public IEnumerable<TrainingRow> OtherPlans(Problem problem, Random random, int count)
    {
        var variants = problem.Solution.Variants.ToArray();
        random.Shuffle(variants);
        return variants.Take(count).Select(v => Row(Prompts.Coder, Prompts.ForCoder(StateOf(problem) with { Plan = v.ToPlan() }), v.ToInfix()));
    }

    /// <summary>What the verifier should have said of an attempt.</summary>
    public TrainingRow Verdict(Problem problem, Attempt attempt) =>
        Row(Prompts.Verifier, Prompts.ForVerifier(After(problem, attempt)), Prompts.RightVerdict(problem.Solution, attempt.IsRight, attempt.Plan));

    /// <summary>How planner and coder should have gone on after an attempt that was turned down.</summary>
    public IEnumerable<TrainingRow> Retry(Problem problem, Attempt attempt)
    {
        var next = After(problem, attempt) with
        {
            Round = 1,
            Verdict = Prompts.RightVerdict(problem.Solution, isRight: false, attempt.Plan),
            RejectedPlan = attempt.Plan,
            RejectedExpression = attempt.Expression,
        };
        yield return Row(Prompts.Planner, Prompts.ForPlanner(next), problem.Solution.ToPlan());
        yield return Row(Prompts.Coder, Prompts.ForCoder(next with { Plan = problem.Solution.ToPlan() }), problem.Solution.ToInfix());
    }

    /// <summary>The rows by the policy that learns from them.</summary>
    /// <param name="rows">Rows of all roles.</param>
    /// <param name="policyOf">The policy of a role.</param>
    public static Dictionary<PolicyId, IReadOnlyList<TrainingRow>> ByPolicy(IEnumerable<TrainingRow> rows, Func<string, PolicyId> policyOf) =>
        rows.GroupBy(r => policyOf(r.Role)).ToDictionary(g => g.Key, IReadOnlyList<TrainingRow> (g) => [.. g]);

    public static TeamState StateOf(Problem problem) => new() { Question = problem.Question, Numbers = problem.Numbers };

    private static TeamState After(Problem problem, Attempt attempt) =>
        StateOf(problem) with { Plan = attempt.Plan, Expression = attempt.Expression, Value = attempt.Value };

    private TrainingRow Row(string role, Prompt prompt, string completion)
    {
        var model = (LocalLanguageModel)models.GetModel(models.Team.Models[role]);
        return new TrainingRow
        {
            Role = role,
            PromptIds = model.Template.Render(model.Tokenizer, [new(ChatRole.System, Prompts.InstructionsOf(role)), .. prompt.Messages]),
            CompletionIds = [.. model.Tokenizer.Encode(completion), model.Config.EndOfSequenceId],
        };
    }
}

/// <summary>A plan and expression that the team itself came up with.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Expression">The expression.</param>
/// <param name="Value">What the calculator said.</param>
/// <param name="IsRight">Whether that is the answer.</param>
internal sealed record Attempt(string Plan, string Expression, string Value, bool IsRight);
