namespace AgentTeams.Samples.Tests.WordProblems;

public sealed class AxisScaleTests
{
    [Theory]
    [InlineData(0, 1, "0.0 0.2 0.4 0.6 0.8 1.0")]
    [InlineData(0, 249, "0 50 100 150 200")]
    [InlineData(0.31, 0.34, "0.31 0.32 0.33 0.34")]
    [InlineData(-3, 2, "-3 -2 -1 0 1 2")]
    public void Ticks_Range_AreRound(double low, double high, string expected)
    {
        var scale = AxisScale.Of([low, high], 0, 100);

        Assert.Equal(expected, string.Join(' ', scale.Ticks.Select(scale.Label)));
        Assert.Equal(100, scale.At(high), 9);
    }

    [Fact]
    public void At_FlatCurve_IsInTheMiddle() => Assert.Equal(50, AxisScale.Of([3, 3], 0, 100).At(3), 9);
}
