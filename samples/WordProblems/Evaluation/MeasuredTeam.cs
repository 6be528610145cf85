namespace AgentTeams.Samples.WordProblems;

/// <summary>The greedy team on the held-out problems.</summary>
/// <param name="Success">How often the last round's value was right.</param>
/// <param name="SingleRound">How often the first round's value was right, which is what a verifier that always accepts would give.</param>
/// <param name="Verifier">How the verifier judged.</param>
/// <param name="Outcomes">The runs, in problem order.</param>
internal sealed record MeasuredTeam(SuccessRate Success, SuccessRate SingleRound, VerifierAccuracy Verifier, IReadOnlyList<EvaluatedProblem> Outcomes);

/// <summary>One held-out problem and what the team made of it.</summary>
/// <param name="Problem">The problem.</param>
/// <param name="Trajectory">The run.</param>
/// <param name="IsRight">Whether the last round's value is the answer.</param>
internal sealed record EvaluatedProblem(Problem Problem, Trajectory Trajectory, bool IsRight);

/// <summary>How a verifier judged right and wrong values.</summary>
/// <param name="AcceptedRight">Share of right values that it accepted.</param>
/// <param name="RejectedWrong">Share of wrong values that it turned down.</param>
internal sealed record VerifierAccuracy(double AcceptedRight, double RejectedWrong)
{
    /// <summary>The mean of the two, 0.5 for a verifier that does not look.</summary>
    public double Balanced => (AcceptedRight + RejectedWrong) / 2;
}
