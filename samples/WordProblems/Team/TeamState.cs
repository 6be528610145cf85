using System.Text.RegularExpressions;

namespace AgentTeams.Samples.WordProblems;

/// <summary>What the team knows of a problem so far. The answer is not part of it.</summary>
internal sealed partial record TeamState
{
    public required string Question { get; init; }

    public required IReadOnlyList<string> Numbers { get; init; }

    /// <summary>Zero-based.</summary>
    public int Round { get; init; }

    public string Plan { get; init; } = "";

    public string Expression { get; init; } = "";

    /// <summary>What the calculator said.</summary>
    public string Value { get; init; } = "";

    public string Verdict { get; init; } = "";

    /// <summary>The plan and expression of the round before, when the verifier turned them down.</summary>
    public string RejectedPlan { get; init; } = "";

    public string RejectedExpression { get; init; } = "";

    public static TeamState Of(Problem problem) => new() { Question = problem.Question, Numbers = problem.Numbers };

    /// <summary>A question as people ask it: its numbers are taken out.</summary>
    public static TeamState Asked(string question)
    {
        var numbers = new List<string>();
        var text = Number().Replace(question.ToLowerInvariant(), m =>
        {
            numbers.Add(m.Value);
            return $" number{numbers.Count - 1} ";
        });
        return new() { Question = string.Join(' ', text.Split(' ', StringSplitOptions.RemoveEmptyEntries)), Numbers = numbers };
    }

    public bool IsAccepted => Verdict == Prompts.Accept;

    [GeneratedRegex(@"[0-9]+(\.[0-9]+)?")]
    private static partial Regex Number();
}
