namespace AgentTeams.Tests;

/// <summary>Accepted drafts and residual draws together have exactly the new distribution.</summary>
public sealed class SpeculativeDrawTests
{
    [Fact]
    public void AcceptsAndResidual_AllDraftsOfRandomPairs_SumToTheNewDistribution()
    {
        var random = new Random(1);
        for (var pair = 0; pair < 200; pair++)
        {
            var (p, q) = (Distribution(random), Distribution(random));
            var made = new double[p.Length];
            for (var draft = 0; draft < p.Length; draft++)
            {
                if (q[draft] == 0) continue;
                var accepted = Math.Min(1, p[draft] / q[draft]);
                if (accepted > 0) Assert.True(SpeculativeDraw.Accepts(accepted * (1 - 1e-12), p[draft], q[draft]));
                if (accepted < 1) Assert.False(SpeculativeDraw.Accepts(accepted * (1 + 1e-12), p[draft], q[draft]));
                made[draft] += q[draft] * accepted;
                var residual = ResidualOf(p, q);
                for (var id = 0; id < p.Length; id++) made[id] += q[draft] * (1 - accepted) * residual[id];
            }

            for (var id = 0; id < p.Length; id++) Assert.Equal(p[id], made[id], 1e-9);
        }
    }

    [Fact]
    public void Residual_DistributionsAreEqual_IsADrawOfEither()
    {
        double[] p = [0.25, 0.75];
        Assert.Equal(0, SpeculativeDraw.Residual(p, p, 0.2));
        Assert.Equal(1, SpeculativeDraw.Residual(p, p, 0.3));
    }

    [Fact]
    public void Fill_TemperatureZero_PutsAllOnTheLikeliest()
    {
        var p = new double[3];
        SpeculativeDraw.Fill([1, 3, 3], 0, p);
        Assert.Equal([0, 1, 0], p);
        SpeculativeDraw.Fill([0, MathF.Log(3), float.NegativeInfinity], 1, p);
        Assert.Equal(0.75, p[1], 1e-7);
        Assert.Equal(0, p[2]);
    }

    // By how much of the numbers from 0 to 1 leads to each id; the borders are found by halving.
    private static double[] ResidualOf(double[] p, double[] q)
    {
        var part = new double[p.Length];
        var from = 0.0;
        while (from < 1 - 1e-13)
        {
            var id = SpeculativeDraw.Residual(p, q, from);
            var (low, high) = (from, 1.0);
            for (var i = 0; i < 60; i++)
            {
                var middle = (low + high) / 2;
                if (SpeculativeDraw.Residual(p, q, middle) == id) low = middle;
                else high = middle;
            }

            part[id] += high - from;
            from = high;
        }

        return part;
    }

    private static double[] Distribution(Random random)
    {
        double[] weights = [.. Enumerable.Range(0, 5).Select(_ => random.Next(4) == 0 ? 0 : -Math.Log(1 - random.NextDouble()))];
        weights[random.Next(5)] += 0.1;
        return [.. weights.Select(w => w / weights.Sum())];
    }
}
