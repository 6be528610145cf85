namespace AgentTeams.Tests;

public sealed class InvocationTests
{
    private static readonly NodeError s_invalid = new("InvalidAnswerException", "no number", FailureCause.Policy);

    [Fact]
    public void Assign_AnswerThatWasAskedForAgain_IsNoInvocation()
    {
        // One run needed a second attempt and was right, the other was wrong at once.
        var retried = Make.Trajectory("a", [Attempt("x/call-0", 0, s_invalid), Attempt("x/call-1", 1, null)], "g", Reward.ForTrajectory("outcome", 1));
        var wrong = Make.Trajectory("b", [Attempt("x", 0, null)], "g", Reward.ForTrajectory("outcome", 0));
        foreach (var credit in new ITrajectoryCredit[] { new JointCredit(), new RoleCredit(), new SplitCredit(), new ReturnToGoCredit() })
        {
            InvocationReturn[] returns = [.. credit.Assign(retried), .. credit.Assign(wrong)];
            Assert.Equal(["x/call-1", "x"], returns.Select(r => r.Node.Id));
            Make.Near([0.5, -0.5], Estimates.Advantages(returns, GrpoAdvantage.DrGrpo));
        }
    }

    [Fact]
    public void Assign_ToolRoundsOfARejectedAttempt_AreNoInvocationsEither()
    {
        var run = Make.Trajectory("a", [Attempt("x/call-0", 0, null), Attempt("x/call-1", 0, s_invalid), Attempt("x/call-2", 1, null), Attempt("x/call-3", 1, null)]);
        Assert.Equal(["x/call-2", "x/call-3"], new RoleCredit().Assign(run).Select(r => r.Node.Id));
    }

    [Fact]
    public void Assign_NoAttemptAccepted_EveryAttemptEarnsWhatTheRunEarned()
    {
        var failed = Make.Trajectory("a", [Attempt("x/call-0", 0, s_invalid), Attempt("x/call-1", 1, s_invalid)], "g", Reward.ForTrajectory("outcome", -1))
            with { Status = TrajectoryStatus.Failed, Error = s_invalid };
        Assert.Equal([("x/call-0", -1.0), ("x/call-1", -1.0)], new JointCredit().Assign(failed).Select(r => (r.Node.Id, r.Return)));
    }

    [Fact]
    public void Assign_WhatAForkInherited_IsCreditedToItsParentAlone()
    {
        var parent = Make.Trajectory("a", [Attempt("x", 0, null), Attempt("y", 0, null)], "g", Reward.ForTrajectory("outcome", 1));
        var fork = Make.Trajectory("b", [Attempt("x", 0, null) with { Inherited = true }, Attempt("y", 0, null)], "g", Reward.ForTrajectory("outcome", 0)) with { ParentId = "a", ForkNodeId = "x" };
        foreach (var credit in new ITrajectoryCredit[] { new JointCredit(), new RoleCredit(), new SplitCredit(), new ReturnToGoCredit() })
            Assert.Equal(["x", "y", "y"], new[] { parent, fork }.SelectMany(t => credit.Assign(t)).Select(r => r.Node.Id));
    }

    [Fact]
    public void Assign_VisitsOfOneNode_AreJudgedEachByItsOwnAttempts()
    {
        var run = Make.Trajectory("a", [Attempt("x", 0, null), Attempt("x#1/call-0", 0, s_invalid), Attempt("x#1/call-1", 1, null)]);
        Assert.Equal(["x", "x#1/call-1"], new RoleCredit().Assign(run).Select(r => r.Node.Id));
    }

    [Fact]
    public void Assign_CallThatBroke_IsNoInvocation()
    {
        var run = Make.Trajectory("a", [Make.Node("x", "x") with { Error = new("HttpRequestException", "down") }, Make.Node("y", "y") with { Step = 1 }]);
        Assert.Equal(["y"], new RoleCredit().Assign(run).Select(r => r.Node.Id));
    }

    private static TrajectoryNode Attempt(string id, int attempt, NodeError? error) => Make.Node(id, "x") with { Attempt = attempt, Error = error };
}
