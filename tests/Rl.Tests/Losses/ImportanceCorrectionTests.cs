namespace AgentTeams.Tests;

public sealed class ImportanceCorrectionTests
{
    private static readonly float[] Trainer = [-1, -0.5f, -2];
    private static readonly float[] Sampler = [-1.1f, -1.4f, -2.3f];

    [Fact]
    public void Apply_ThreeTokens_MatchesOracle()
    {
        var metrics = new Dictionary<string, double>();

        var row = Assert.Single(Apply(new(), [Row()], metrics));

        Make.Near([1.105171, 2, 1.349859], [.. row.ImportanceWeights.Select(w => (double)w)]);
        Assert.Equal(Trainer, row.BehaviorLogProbs);
        Make.Near([0.9, (0.1 + 0.9 + 0.3) / 3], [metrics["sampling/sampling_logp_difference/max"], metrics["sampling/sampling_logp_difference/mean"]]);
        Make.Near([1.105171, 2], [metrics["sampling/importance_sampling_ratio/min"], metrics["sampling/importance_sampling_ratio/max"]]);
    }

    [Fact]
    public void Apply_ThreeTokens_MatchesTheOracles()
    {
        var o = Oracles.Load("importance");
        var row = Make.Row(3) with { BehaviorLogProbs = o.Floats("sampler") };
        var corrected = new ImportanceCorrection { High = o.Number("cap") }.Apply([row], [new(o.Floats("trainer"), [0, 0, 0], [])], "", new Dictionary<string, double>());
        Make.Near(o.Numbers("weights"), [.. corrected[0].ImportanceWeights.Select(w => (double)w)]);
    }

    [Fact]
    public void Apply_NoCap_KeepsTheWholeRatio() =>
        Assert.Equal(2.459603, Apply(new() { High = double.PositiveInfinity }, [Row()])[0].ImportanceWeights[1], 1e-5);

    [Fact]
    public void Evaluate_ImportanceWeights_MultiplyTheSurrogateAlone()
    {
        var loss = new PolicyGradientLoss { KlCoefficient = 0.5 };
        double Gradient(float weight, float advantage)
        {
            var gradient = Make.Gradient(1);
            loss.Evaluate([Make.Row(1) with { Advantages = [advantage], BehaviorLogProbs = [-1], ReferenceLogProbs = [-2], ImportanceWeights = [weight] }], [new([-1], [0], [])], [gradient]);
            return gradient.LogProbs[0];
        }

        var divergence = Gradient(1, 0);
        Assert.Equal(Gradient(1, 1) - divergence, (Gradient(1.7f, 1) - divergence) / 1.7, 1e-5);
        Assert.Equal(divergence, Gradient(1.7f, 0), 1e-6);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(double.NaN)]
    public void RlOptions_CapOutOfRange_IsRefused(double cap)
    {
        using var bandit = new Bandit();

        Assert.Throws<AgentTeamsException>(() => bandit.Trainer(new RlOptions { ImportanceCorrection = new() { High = cap } }));
    }

    private static TrainingRow Row() => Make.Row(3) with { BehaviorLogProbs = Sampler };

    [Fact]
    public void Apply_TwoRows_NamesTheMetricsByPolicyAndAveragesOverTokens()
    {
        var metrics = new Dictionary<string, double>();
        new ImportanceCorrection().Apply([Row()], [new(Trainer, [0, 0, 0], [])], "m+x/", metrics);
        Assert.Equal((1.105171 + 2 + 1.349859) / 3, metrics["m+x/sampling/importance_sampling_ratio/mean"], 1e-6);
        Assert.Equal(7, metrics.Keys.Count(k => k.StartsWith("m+x/sampling/", StringComparison.Ordinal)));
    }

    [Fact]
    public void Apply_NoBehaviourLogProbs_NamesTheRowAndTheFix() => Assert.Contains(
        "0 behaviour log-probabilities for 3 completion ids; importance sampling compares them", Assert.Throws<AgentTeamsException>(() =>
            Apply(new(), [Row() with { BehaviorLogProbs = [] }])).Message, StringComparison.Ordinal);

    private static List<TrainingRow> Apply(ImportanceCorrection correction, IReadOnlyList<TrainingRow> rows, IDictionary<string, double>? metrics = null) =>
        correction.Apply(rows, [.. rows.Select(_ => new TokenScores(Trainer, [0, 0, 0], []))], "", metrics ?? new Dictionary<string, double>());

    [Theory]
    [InlineData(ImportanceLevel.Token, ImportanceBound.Mask, 1.105171, 0, 1.349859)]
    [InlineData(ImportanceLevel.Sequence, ImportanceBound.Truncate, 2, 2, 2)]
    [InlineData(ImportanceLevel.Sequence, ImportanceBound.Mask, 0, 0, 0)]
    [InlineData(ImportanceLevel.Geometric, ImportanceBound.Truncate, 1.54239, 1.54239, 1.54239)]
    [InlineData(ImportanceLevel.Geometric, ImportanceBound.Mask, 1.54239, 1.54239, 1.54239)]
    public void Apply_LevelsAndBounds_MatchTheOracle(ImportanceLevel level, ImportanceBound bound, double a, double b, double c)
    {
        var correction = new ImportanceCorrection { Level = level, Bound = bound, Low = bound == ImportanceBound.Mask ? 0.5 : 0 };
        Make.Near([a, b, c], [.. Apply(correction, [Row()])[0].ImportanceWeights.Select(w => (double)w)], 1e-5);
    }

    [Fact]
    public void Apply_SequenceWithoutABound_IsTheProduct() =>
        Assert.Equal(3.669297, Apply(new() { Level = ImportanceLevel.Sequence, High = double.PositiveInfinity }, [Row()])[0].ImportanceWeights[0], 1e-5);

    [Fact]
    public void Apply_TruncationWithALowerBound_RaisesWhatIsBelow() =>
        Make.Near([1.2, 2, 1.349859], [.. Apply(new() { Low = 1.2 }, [Row()])[0].ImportanceWeights.Select(w => (double)w)]);

    [Fact]
    public void Apply_RatioUnderTheMasksLowerBound_CountsNothing() =>
        Assert.Equal([0, 0, 1.349859f], Apply(new() { Bound = ImportanceBound.Mask, Low = 1.2, High = 2 }, [Row()])[0].ImportanceWeights.Select(w => MathF.Round(w, 6)));

    [Fact]
    public void Apply_EffectiveSampleSize_MatchesTheOracle()
    {
        var metrics = new Dictionary<string, double>();
        Apply(new() { Bound = ImportanceBound.Mask, Low = 0.5 }, [Row()], metrics);
        Make.Near([0.885412, 1 / 3.0], [metrics["sampling/effective_sample_size"], metrics["sampling/dropped/mean"]]);
    }

    [Theory]
    [InlineData(0.9, false)]
    [InlineData(1.2, true)]
    public void Apply_OneTokenUnderTheVeto_DropsTheWholeCallAndNoOther(double veto, bool dropped)
    {
        var rows = Apply(new() { Veto = veto }, [Row(), Row() with { BehaviorLogProbs = [-2, -2, -2.5f] }]);
        Assert.Equal(dropped, rows[0].ImportanceWeights.All(w => w == 0));
        Assert.True(rows[1].ImportanceWeights.All(w => w > 0));
    }

    [Fact]
    public void Apply_MaskedToken_EntersNeitherSequenceNorVetoNorMetrics()
    {
        var metrics = new Dictionary<string, double>();
        var row = Row() with { Mask = [true, false, true] };
        Assert.Equal(Math.Exp(0.4), Apply(new() { Level = ImportanceLevel.Sequence, Veto = 1.1 }, [row], metrics)[0].ImportanceWeights[0], 1e-5);
        Assert.Equal(0.2, metrics["sampling/sampling_logp_difference/mean"], 1e-6);
    }

    /// <summary>
    /// The trap: where a surrogate's ratio starts from the sampler's log-probabilities and is multiplied by trainer / sampler as well, the mismatch counts squared. On the weights that sampled,
    /// the gradient must be -A w, once.
    /// </summary>
    [Fact]
    public void Apply_RatioAndImportanceWeight_NeverBothCountTheSampler()
    {
        foreach (var loss in new ITokenLoss[] { new PolicyGradientLoss { ClipHigh = double.PositiveInfinity }, new GspoLoss { ClipHigh = double.PositiveInfinity }, new CispoLoss() })
        {
            var row = Row() with { Advantages = [1, 1, 1] };
            var corrected = Apply(new() { Level = ImportanceLevel.Geometric }, [row])[0];
            Assert.All(LossChecks.Run(loss, [corrected], [LossChecks.Scores(Trainer)]).Gradients[0].LogProbs, g => Assert.Equal(-1.54239, g, 1e-5));
            var bypassed = LossChecks.Run(loss, [row], [LossChecks.Scores(Trainer)]).Gradients[0].LogProbs;
            if (loss is GspoLoss) Assert.All(bypassed, g => Assert.Equal(-1.54239, g, 1e-5));
            else Make.Near([-1.105171, -2.459603, -1.349859], [.. bypassed.Select(g => (double)g)], 1e-5);
        }
    }

    [Fact]
    public void Create_NoCorrection_LeavesTheSamplersLogProbsAndScoresNothing()
    {
        using var bandit = new Bandit();
        using var model = new TolerantModel(bandit.Models.GetModel(new("m")));
        var row = Make.Row(2) with { CompletionIds = [5, 6], Advantages = [1, 1], BehaviorLogProbs = [-1, -2] };
        var metrics = new Dictionary<string, double>();
        var update = UpdatePlan.CreateAsync(model, new("m"), [row], new() { ImportanceCorrection = null }, null, metrics, CancellationToken.None).Now();
        Assert.Equal([-1, -2], update[0][0].BehaviorLogProbs);
        Assert.Empty(update[0][0].ImportanceWeights);
        Assert.Empty(metrics);
    }

    [Fact]
    public void RlOptions_CorrectionOutOfRange_IsNamed()
    {
        using var bandit = new Bandit();
        string Of(ImportanceCorrection correction) => Assert.Throws<AgentTeamsException>(() => bandit.Trainer(new() { ImportanceCorrection = correction })).Message;
        var message = Of(new() { Low = -1, High = -2, Veto = 0 });
        Assert.All(["ImportanceCorrection.Low is -1;", "ImportanceCorrection.High is -2;", "ImportanceCorrection.Veto is 0;"], part => Assert.Contains(part, message, StringComparison.Ordinal));
        Assert.Contains("High is 1;", Of(new() { Bound = ImportanceBound.Mask, Low = 1, High = 1 }), StringComparison.Ordinal);
    }
}
