namespace AgentTeams.Tests;

public sealed class WorkClockTests
{
    [Fact]
    public void Seconds_AfterATrainingStep_AreSomeOfEachKind()
    {
        using var model = TinyModel.Create();
        WorkClock.IsOn = true;
        try
        {
            model.AccumulateAsync(model.Base, [TinyModel.Row(1)], new NegativeLogLikelihood()).Now();
            model.ApplyAsync(model.Base, new AdamWOptions()).Now();
        }
        finally
        {
            WorkClock.IsOn = false;
        }

        Assert.All(Enum.GetValues<WorkKind>(), kind => Assert.True(WorkClock.Seconds(kind) > 0, kind.ToString()));
    }
}
