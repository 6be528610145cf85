namespace AgentTeams.Samples.WordProblems;

/// <summary>What the team knows of a problem so far. The answer is not part of it.</summary>
internal sealed record TeamState
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

    public bool IsAccepted => Verdict == Prompts.Accept;
}
