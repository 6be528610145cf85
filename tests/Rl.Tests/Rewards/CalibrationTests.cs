using System.Text.Json;
using CsCheck;

namespace AgentTeams.Tests;

public sealed class CalibrationTests
{
    private static readonly Gen<(double Score, double Label)[]> Pairs = Gen.Select(Gen.Int[0, 6].Select(i => i / 6.0), Gen.Double[-1, 2]).Array[2, 30];

    [Fact]
    public void Agreement_TwoByTwoTable_MatchesCohen()
    {
        // Of 50 proposals both readers say yes to 20 and no to 15; one alone says yes to 5, the other alone to 10.
        (double, double, int)[] table = [(1, 1, 20), (1, 0, 5), (0, 1, 10), (0, 0, 15)];
        var pairs = table.SelectMany(c => Enumerable.Repeat((Score: c.Item1, Label: c.Item2), c.Item3)).ToList();

        var agreement = JudgeAgreement.Of(pairs.ConvertAll(p => p.Score), pairs.ConvertAll(p => p.Label), [0.5]);

        Assert.Equal(0.7, agreement.Agreement, 1e-12);
        Assert.Equal(0.4, agreement.Kappa, 1e-12);
        Assert.Equal(0.4, agreement.WeightedKappa, 1e-12);
        Assert.Equal(-0.1, agreement.MeanError, 1e-12);
    }

    [Fact]
    public void Agreement_ThreeClasses_WeighsNearMissesLess()
    {
        // Seen: 3 of 6 differ, each by 1. Expected: of the 36 pairs 24 differ, by 42 in squares.
        double[] scores = [0, 0, 1, 1, 2, 2], labels = [0, 1, 1, 2, 2, 1];
        var agreement = JudgeAgreement.Of(scores, labels, [0.5, 1.5]);

        Assert.Equal(1 - (3 / 6.0 / (24 / 36.0)), agreement.Kappa, 1e-12);
        Assert.Equal(1 - (3 / 6.0 / (42 / 36.0)), agreement.WeightedKappa, 1e-12);
        Assert.True(agreement.WeightedKappa > agreement.Kappa);
    }

    [Fact]
    public void Agreement_Ranks_MatchSpearman()
    {
        double[] iq = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110], hours = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17];

        Assert.Equal(-29 / 165.0, JudgeAgreement.Of(iq, hours, [100]).Spearman, 1e-12);
        Assert.Equal(0.948683, JudgeAgreement.Of([1, 2, 2, 3], [1, 2, 3, 4], [2]).Spearman, 1e-6);
        Assert.Equal(0, JudgeAgreement.Of([1, 1], [1, 2], [2]).Spearman);
    }

    [Fact]
    public void Agreement_AnyPairs_StaysInRangeAndKnowsNoOrder() => Pairs.Sample(pairs =>
    {
        JudgeAgreement Of(IEnumerable<(double Score, double Label)> p) => JudgeAgreement.Of([.. p.Select(x => x.Score)], [.. p.Select(x => x.Label)], [0.3, 0.6]);
        var (there, back) = (Of(pairs), Of(pairs.Reverse()));
        return there.Kappa is >= -1 and <= 1 && there.Spearman is >= -1.000001 and <= 1.000001 && Math.Abs(there.Kappa - back.Kappa) < 1e-9 && Math.Abs(there.Spearman - back.Spearman) < 1e-9;
    });

    [Fact]
    public void Agreement_WithItself_IsPerfect()
    {
        Assert.Equal(new JudgeAgreement(3, 1, 1, 1, 1, 0), JudgeAgreement.Of([0.1, 0.5, 0.9], [0.1, 0.5, 0.9], [0.3, 0.6]));
        Assert.Equal(1, JudgeAgreement.Of([1, 1], [1, 1], [0.5]).Kappa);
    }

    [Fact]
    public void Agreement_BadInput_IsNamed()
    {
        Assert.Throws<AgentTeamsException>(() => JudgeAgreement.Of([], [], [0.5]));
        Assert.Throws<AgentTeamsException>(() => JudgeAgreement.Of([1], [1, 2], [0.5]));
        Assert.Throws<AgentTeamsException>(() => JudgeAgreement.Of([1], [double.NaN], [0.5]));
        Assert.Throws<AgentTeamsException>(() => JudgeAgreement.Of([1], [1], [0.5, 0.5]));
    }

    [Fact]
    public void Affine_Line_IsFoundAndOtherwiseOfLeastSquares()
    {
        var exact = AffineCalibration.Fit([0, 0.5, 1], [0.2, 0.4, 0.6]);
        Make.Near([0.2, 0.4], [exact.Offset, exact.Slope], 1e-12);
        var noisy = AffineCalibration.Fit([1, 2, 3], [1, 2, 2]);
        Make.Near([2 / 3.0, 0.5], [noisy.Offset, noisy.Slope], 1e-12);
        Assert.Equal(new(1.5, 0), AffineCalibration.Fit([1, 1], [1, 2]));
        Assert.Throws<AgentTeamsException>(() => AffineCalibration.Fit([1], [1]));
    }

    [Fact]
    public void Isotonic_Violators_ArePooled()
    {
        var map = IsotonicCalibration.Fit([1, 2, 3, 4, 5, 5], [1, 3, 2, 4, 3, 4]);

        Make.Near([1, 2.5, 2.5, 11 / 3.0, 11 / 3.0], map.Values, 1e-12);
        Make.Near([1, 1, 1.75, 2.5, 11 / 3.0, 11 / 3.0], [map.Apply(-9), map.Apply(1), map.Apply(1.5), map.Apply(2.5), map.Apply(4.5), map.Apply(99)], 1e-12);
    }

    [Fact]
    public void Isotonic_AnyPairs_NeverDescendsAndIsNoWorseThanAnyShift() => Pairs.Sample(pairs =>
    {
        double[] scores = [.. pairs.Select(p => p.Score)], labels = [.. pairs.Select(p => p.Label)];
        var map = IsotonicCalibration.Fit(scores, labels);
        double Error(Func<double, double> of) => pairs.Sum(p => (of(p.Score) - p.Label) * (of(p.Score) - p.Label));
        var line = AffineCalibration.Fit(scores, labels);
        Assert.All(map.Values.Zip(map.Values.Skip(1)), p => Assert.True(p.First <= p.Second));
        Assert.True(Error(map.Apply) <= Error(_ => labels.Average()) + 1e-9);
        if (line.Slope >= 0) Assert.True(Error(map.Apply) <= Error(line.Apply) + 1e-9);
        Assert.Equal(labels.Average(), pairs.Average(p => map.Apply(p.Score)), 1e-9);
    });

    [Fact]
    public void Calibrations_AsJson_ReadBack()
    {
        var map = IsotonicCalibration.Fit([0, 1], [0.25, 0.75]);
        var line = AffineCalibration.Fit([0, 1], [0.25, 0.75]);

        Assert.Equal(0.5, JsonSerializer.Deserialize<IsotonicCalibration>(JsonSerializer.Serialize(map))!.Apply(0.5));
        Assert.Equal(line, JsonSerializer.Deserialize<AffineCalibration>(JsonSerializer.Serialize(line)));
    }

    [Fact]
    public async Task JudgedRuns_LabelledRuns_CalibrateTheRewardAfterwards()
    {
        // A lenient judge: it says 0.5 + half of the truth, and nothing of the last run.
        var judge = new DelegateReward("rubric", t => t.Id == "none" ? [] : [Reward.ForTrajectory("rubric", 0.5 + (Truth(t) / 2)), Reward.ForTrajectory("rubric/clear", 9)], mayAbstain: true);
        LabelledRun[] labelled = [.. new[] { "0", "0.25", "0.75", "1" }.Select(id => new LabelledRun(Make.Trajectory(id, []), double.Parse(id, System.Globalization.CultureInfo.InvariantCulture))), new(Make.Trajectory("none", []), 1)];

        var judged = await JudgedRuns.OfAsync(judge, labelled);

        Make.Near([0, 0.25, 0.75, 1], judged.Labels);
        Assert.Equal((4, 0.5, 0, 1), (judged.Agreement().Count, judged.Agreement().Agreement, judged.Agreement().Kappa, judged.Agreement().Spearman));
        Assert.Equal(0.25, judged.Agreement().MeanError, 1e-12);
        foreach (IScoreCalibration calibration in (IScoreCalibration[])[AffineCalibration.Fit(judged.Scores, judged.Labels), IsotonicCalibration.Fit(judged.Scores, judged.Labels)])
        {
            var scored = await new RewardComposer().Add(new CalibratedReward(judge, calibration)).ScoreAsync([labelled[2].Trajectory]);
            Assert.Equal([0.75, 9], scored[0].Rewards.Select(r => Math.Round(r.Value, 12)));
        }
    }

    [Fact]
    public async Task JudgedRuns_LabelThatIsNoNumber_NamesTheRun() => Assert.Contains("'x'", (await Assert.ThrowsAsync<AgentTeamsException>(() =>
        JudgedRuns.OfAsync(new OutcomeReward(_ => 1), [new(Make.Trajectory("x", []), double.NaN)]))).Message, StringComparison.Ordinal);

    private static double Truth(Trajectory trajectory) => double.Parse(trajectory.Id, System.Globalization.CultureInfo.InvariantCulture);
}
