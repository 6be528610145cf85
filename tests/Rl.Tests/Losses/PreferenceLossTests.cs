namespace AgentTeams.Tests;

public sealed class PreferenceLossTests
{
    public static TheoryData<int> Losses => [.. Enumerable.Range(0, s_losses.Length)];

    private static readonly ITokenLoss[] s_losses =
    [
        new DpoLoss { Beta = 0.7, LabelSmoothing = 0.1 }, new DpoLoss { Beta = 0.7, Form = PreferenceForm.Ipo }, new DpoLoss { Beta = 0.5, Form = PreferenceForm.Hinge },
        new KtoLoss { Beta = 0.7, DesirableWeight = 1.3, UndesirableWeight = 0.8 }, LossSum.Of(new DpoLoss(), new SftLoss(), 0.1),
    ];

    // One token, so that log p - log p_ref is what the name says.
    private static (TrainingRow Row, TokenScores Scores) Call(double difference, bool isBetter, string coupling = "c", double offset = 0) => (
        Make.Row(1) with { Coupling = coupling, Advantages = [isBetter ? 1 : -1], ReferenceLogProbs = [-2], MarginOffset = offset }, LossChecks.Scores((float)(difference - 2)));

    private static (TokenLossResult Result, double[] Gradients) Run(ITokenLoss loss, params (TrainingRow Row, TokenScores Scores)[] calls)
    {
        var (result, gradients) = LossChecks.Run(loss, LossAggregation.CouplingMean.Weigh([.. calls.Select(c => c.Row)]), [.. calls.Select(c => c.Scores)]);
        return (result, [.. gradients.Select(g => (double)g.LogProbs[0])]);
    }

    // Two roles with the margins .6 and -.2, as better less worse.
    [Fact]
    public void Dpo_TwoRolesOfOneCoupling_MatchesTheOracleOfTheJointMargin()
    {
        var (result, gradients) = Run(new DpoLoss(), Call(0.4, true), Call(-0.2, false), Call(0.1, true), Call(0.3, false));
        Assert.Equal(0.673347, result.Loss, 1e-6);
        Make.Near([-0.049, 0.049, -0.049, 0.049], gradients, 1e-5);
        Make.Near([0.05, 0.01, 0.04, 1, -3.5, -3.9], [.. new[] { "rewards/chosen", "rewards/rejected", "rewards/margins", "rewards/accuracies", "logps/chosen", "logps/rejected" }.Select(n => result.Metrics[n])]);
    }

    [Fact]
    public void Dpo_RolesWithPoliciesOfTheirOwn_AreWhatOneJudgeOfAllWouldSay()
    {
        var first = Run(new DpoLoss(), Call(0.4, true, offset: -0.2), Call(-0.2, false, offset: -0.2));
        var second = Run(new DpoLoss(), Call(0.1, true, offset: 0.6), Call(0.3, false, offset: 0.6));
        Assert.All([first, second], r => Assert.Equal(0.673347, r.Result.Loss, 1e-6));
        Make.Near([-0.049, 0.049, -0.049, 0.049], [.. first.Gradients, .. second.Gradients], 1e-5);
    }

    [Theory]
    [InlineData(PreferenceForm.Sigmoid, 0, 0.598139, -0.045017)]
    [InlineData(PreferenceForm.Sigmoid, 0.1, 0.618139, -0.035017)]
    [InlineData(PreferenceForm.Hinge, 0, 0.8, -0.1)]
    [InlineData(PreferenceForm.Ipo, 0, 9, -6)]
    public void Dpo_EachForm_IsItsFormulaAtAMarginOfTwo(PreferenceForm form, double smoothing, double loss, double gradient)
    {
        var (result, gradients) = Run(new DpoLoss { Form = form, LabelSmoothing = smoothing }, Call(1.5, true), Call(-0.5, false));
        Assert.Equal(loss, result.Loss, 1e-5);
        Make.Near([gradient, -gradient], gradients, 1e-5);
    }

    [Fact]
    public void Dpo_MarginsWithoutEnd_StayFinite()
    {
        Assert.Equal(0, Run(new DpoLoss { Beta = 1 }, Call(2000, true), Call(0, false)).Result.Loss, 1e-9);
        Assert.Equal(2000, Run(new DpoLoss { Beta = 1 }, Call(-2000, true), Call(0, false)).Result.Loss, 1e-9);
        Assert.Equal(0, Run(new DpoLoss { Form = PreferenceForm.Hinge }, Call(20, true), Call(0, false)).Gradients[0]);
    }

    [Fact]
    public void Dpo_SeveralPairs_WeighTheSameHoweverManyCallsTheyHave()
    {
        var one = Run(new DpoLoss(), Call(1.5, true), Call(-0.5, false)).Result.Loss;
        var joint = Run(new DpoLoss(), Call(0.4, true, "d"), Call(-0.2, false, "d"), Call(0.1, true, "d"), Call(0.3, false, "d")).Result.Loss;
        var both = Run(new DpoLoss(), Call(1.5, true), Call(-0.5, false), Call(0.4, true, "d"), Call(-0.2, false, "d"), Call(0.1, true, "d"), Call(0.3, false, "d")).Result;
        Assert.Equal((one + joint) / 2, both.Loss, 1e-6);
        Assert.Equal(1, both.Metrics["weight"], 1e-6);
    }

    // sigmoid(.1 (1.5 - .4)) = .527472 and sigmoid(.1 (.4 + .5)) = .522485.
    [Theory]
    [InlineData(true, 1.5, 0.472528)]
    [InlineData(false, -0.5, 0.477515)]
    public void Kto_GoodOrBadReply_ComparesItWithTheDivergence(bool isGood, double difference, double expected)
    {
        var (result, gradients) = Run(new KtoLoss(), Call(difference, isGood, offset: -0.4));
        Assert.Equal(expected, result.Loss, 1e-5);
        Assert.Equal((isGood ? -0.1 : 0.1) * expected * (1 - expected), gradients[0], 1e-5);
        Assert.Equal(2 * expected, Run(new KtoLoss { DesirableWeight = isGood ? 2 : 1, UndesirableWeight = isGood ? 1 : 2 }, Call(difference, isGood, offset: -0.4)).Result.Loss, 1e-5);
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void Gradient_AnyPreferenceLoss_IsThatOfItsValueAndTheSameForAnySplit(int which)
    {
        var random = new Random(which);
        for (var trial = 0; trial < 40; trial++)
        {
            var (rows, scores) = LossChecks.Batch(random, 8);
            rows = [.. LossAggregation.CouplingMean.Weigh(rows)];
            LossChecks.GradientIsThatOfTheValue(s_losses[which], rows, scores);
            LossChecks.AnySplitGivesTheSame(s_losses[which], rows, scores, random);
        }
    }

    [Fact]
    public void Evaluate_RowsThatMakeNoComparison_AreNamed()
    {
        var (better, scores) = Call(1, true);
        var longer = Make.Row(2) with { Coupling = "c", ReferenceLogProbs = [-1, -1], Advantages = [1, 1] };
        (TrainingRow[] Rows, string Problem)[] cases =
        [
            ([better with { Coupling = null }], "has no coupling"), ([better, better with { MarginOffset = 1 }], "another margin offset"), ([better, better with { Weights = [2] }], "of the weights 1 and 2"),
            ([better with { Advantages = [0] }], "advantages of no sign or of both"), ([longer with { Advantages = [1, -1] }], "advantages of no sign or of both"),
            ([better with { ReferenceLogProbs = [] }], "score the row with a reference"), ([better with { Advantages = [] }], "their sign tells"),
        ];
        foreach (var (rows, problem) in cases)
        {
            var each = rows.Select(r => LossChecks.Scores(new float[r.CompletionIds.Length])).ToArray();
            Assert.Contains(problem, Assert.Throws<AgentTeamsException>(() => LossChecks.Run(new DpoLoss(), rows, each)).Message, StringComparison.Ordinal);
        }

        Assert.Equal(scores.LogProbs.Length, better.CompletionIds.Length);
    }

    [Fact]
    public void Evaluate_OptionsOutOfRange_AreNamed()
    {
        var dpo = Assert.Throws<AgentTeamsException>(() => LossChecks.Run(new DpoLoss { Beta = 0, LabelSmoothing = 0.5, Form = PreferenceForm.Ipo }, [], [])).Message;
        var kto = Assert.Throws<AgentTeamsException>(() => LossChecks.Run(new KtoLoss { Beta = 0, DesirableWeight = -1, UndesirableWeight = -1 }, [], [])).Message;
        Assert.All(["Beta is 0;", "LabelSmoothing is 0.5;", "is for the form Sigmoid"], p => Assert.Contains(p, dpo, StringComparison.Ordinal));
        Assert.All(["Beta is 0;", "UndesirableWeight is -1;", "DesirableWeight is -1;"], p => Assert.Contains(p, kto, StringComparison.Ordinal));
    }
}
