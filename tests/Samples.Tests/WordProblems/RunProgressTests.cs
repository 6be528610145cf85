using Microsoft.Extensions.Time.Testing;
using AgentTeams.Samples.WordProblems;

namespace AgentTeams.Samples.Tests.WordProblems;

public sealed class RunProgressTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Progressed_TwoSteps_GivesSpeedAndTimeLeft()
    {
        var progress = new RunProgress(_time);
        _time.Advance(TimeSpan.FromSeconds(100));
        progress.StageStarted("rl", 10);
        for (var i = 0; i < 2; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(4));
            progress.Progressed(i, MadeUp.Metrics(i));
        }

        Assert.Equal(10_000, progress.TokensPerSecond);
        Assert.Equal(TimeSpan.FromSeconds(32), progress.Left);
        Assert.Equal(TimeSpan.FromSeconds(108), progress.Elapsed);
        Assert.Equal(["coder", "planner", "verifier"], progress.Rewards.Keys);
    }

    [Fact]
    public void Progressed_ResumedRun_TimesOnlyStepsOfThisProcess()
    {
        var progress = new RunProgress(_time);
        progress.StageStarted("rl", 10);
        _time.Advance(TimeSpan.FromSeconds(5));
        progress.Progressed(7, MadeUp.Metrics(7));

        Assert.Equal(8, progress.Step);
        Assert.Equal(TimeSpan.FromSeconds(10), progress.Left);
    }

    [Fact]
    public void Progressed_Outcomes_AreSmoothed()
    {
        var progress = new RunProgress(_time);
        progress.StageStarted("rl", 2);
        progress.Progressed(0, new Dictionary<string, double> { ["rewards/outcome/mean"] = 0.5 });
        progress.Progressed(1, new Dictionary<string, double> { ["rewards/outcome/mean"] = 1 });

        Assert.Equal(0.55, progress.TrainingSuccess!.Value, 9);
    }

    [Fact]
    public void StageStarted_UnknownSteps_HasNoTimeLeft()
    {
        var progress = new RunProgress(_time);
        progress.StageStarted("evaluation", 0);
        _time.Advance(TimeSpan.FromSeconds(1));
        progress.Progressed(0, new Dictionary<string, double>());

        Assert.Null(progress.Left);
        Assert.Equal("1", ProgressText.Steps(progress));
    }
}
