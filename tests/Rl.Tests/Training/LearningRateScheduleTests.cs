namespace AgentTeams.Tests;

public sealed class LearningRateScheduleTests
{
    [Theory]
    [InlineData(LearningRateSchedule.Constant, 1.0, 1.0)]
    [InlineData(LearningRateSchedule.Linear, 0.55, 0.1)]
    [InlineData(LearningRateSchedule.Cosine, 0.55, 0.1)]
    public void Factor_AfterWarmUp_FallsAsNamed(LearningRateSchedule schedule, double half, double end)
    {
        Assert.Equal(0.25, schedule.Factor(0, 104, 4), 9);
        Assert.Equal(1, schedule.Factor(4, 104, 4), 9);
        Assert.Equal(half, schedule.Factor(54, 104, 4), 9);
        Assert.Equal(end, schedule.Factor(104, 104, 4), 9);
    }

    [Fact]
    public void Factor_Cosine_FallsSlowlyAtFirst() => Assert.True(LearningRateSchedule.Cosine.Factor(20, 100, 0) > LearningRateSchedule.Linear.Factor(20, 100, 0));
}
