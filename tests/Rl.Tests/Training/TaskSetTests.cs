namespace AgentTeams.Tests;

public sealed class TaskSetTests
{
    private static readonly Rollout<string> s_none = (_, _, _) => throw new InvalidOperationException("No rollout is expected.");

    [Fact]
    public void Create_NoTasksOrOneIdTwice_IsRefused()
    {
        Assert.Throws<AgentTeamsException>(() => TaskSet.Create<string>([], t => t, s_none));
        Assert.Contains("'a' is used 2 times", Assert.Throws<AgentTeamsException>(() => TaskSet.Create(["a", "b", "a"], t => t, s_none)).Message, StringComparison.Ordinal);
        Assert.Throws<AgentTeamsException>(() => TaskSet.Create([""], t => t, s_none));
    }

    [Fact]
    public async Task Outcome_OfACompletedTrajectory_ScoresItAgainstItsTask()
    {
        var tasks = TaskSet.Create(["a", "bb"], t => t, s_none);
        var reward = tasks.Outcome((task, trajectory) => task.Length + trajectory.Outcome!.Length, failed: -1);
        var completed = Make.Trajectory("xyz", [], "bb");
        Assert.Equal(5, (await reward.ScoreAsync(completed, [completed]))[0].Value);
        var failed = completed with { Status = TrajectoryStatus.Failed };
        Assert.Equal(-1, (await reward.ScoreAsync(failed, [failed]))[0].Value);
    }

    [Fact]
    public async Task From_AWorkflow_RecordsEachRunUnderItsKey()
    {
        using var bandit = new Bandit();
        var wf = Workflow.CreateBuilder<string>("shout");
        wf.Start(wf.AddFunction("shout", s => s + "!"));
        var rollout = Rollouts.From(wf.Build(), bandit.Models, (int task) => $"task {task}", s => s);
        var key = new SeedKey(1, "rl", 2, "7", 3);
        var trajectory = await rollout(7, key, CancellationToken.None);
        Assert.Equal(("task 7!", key.ToTrajectoryId(), key), (trajectory.Outcome, trajectory.Id, trajectory.Key));
    }

    [Fact]
    public void From_AnotherWorkflowStartOrOutcome_IsAnotherRollout()
    {
        using var bandit = new Bandit();
        using var same = new Bandit();
        string[] fingerprints = [.. new[] { Of(bandit, "!"), Of(bandit, "?"), Of(bandit, "!", 1), Of(bandit, "!", 0, ".") }.Select(r => CodeFingerprint.Of(r, ""))];
        Assert.Equal(4, fingerprints.Distinct().Count());
        Assert.Equal(fingerprints[0], CodeFingerprint.Of(Of(same, "!"), ""));

        static Rollout<int> Of(Bandit bandit, string shout, int offset = 0, string end = "")
        {
            var wf = Workflow.CreateBuilder<string>("shout");
            wf.Start(wf.AddFunction("shout", s => s + shout));
            return Rollouts.From(wf.Build(), bandit.Models, (int task) => $"task {task + offset}", s => s + end);
        }
    }

    [Fact]
    public async Task From_Cancelled_Throws()
    {
        using var bandit = new Bandit();
        var wf = Workflow.CreateBuilder<string>("shout");
        wf.Start(wf.AddFunction("shout", s => s + "!"));
        var rollout = Rollouts.From(wf.Build(), bandit.Models, (int task) => $"task {task}");
        await Assert.ThrowsAsync<OperationCanceledException>(() => rollout(7, new SeedKey(1), new CancellationToken(canceled: true)));
    }
}
