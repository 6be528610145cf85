namespace AgentTeams.Tests;

public sealed class ImportanceSamplingTests
{
    private static readonly float[] Trainer = [-1, -0.5f, -2];
    private static readonly float[] Sampler = [-1.1f, -1.4f, -2.3f];

    [Fact]
    public void Correct_ThreeTokens_MatchesOracle()
    {
        var metrics = new Dictionary<string, double>();

        var row = Assert.Single(ImportanceSampling.Correct([Row()], [new(Trainer, [0, 0, 0], [])], cap: 2, "", metrics));

        Make.Near([1.105171, 2, 1.349859], [.. row.ImportanceWeights.Select(w => (double)w)]);
        Assert.Equal(Trainer, row.BehaviorLogProbs);
        Make.Near([0.9, (0.1 + 0.9 + 0.3) / 3], [metrics["sampling/sampling_logp_difference/max"], metrics["sampling/sampling_logp_difference/mean"]]);
        Make.Near([1.105171, 2], [metrics["sampling/importance_sampling_ratio/min"], metrics["sampling/importance_sampling_ratio/max"]]);
    }

    [Fact]
    public void Correct_ThreeTokens_MatchesTheOracles()
    {
        var o = Oracles.Load("importance");
        var row = Make.Row(3) with { BehaviorLogProbs = o.Floats("sampler") };
        var corrected = ImportanceSampling.Correct([row], [new(o.Floats("trainer"), [0, 0, 0], [])], o.Number("cap"), "", new Dictionary<string, double>());
        Make.Near(o.Numbers("weights"), [.. corrected[0].ImportanceWeights.Select(w => (double)w)]);
    }

    [Fact]
    public void Correct_NoCap_KeepsTheWholeRatio() =>
        Assert.Equal(2.459603, ImportanceSampling.Correct([Row()], [new(Trainer, [0, 0, 0], [])], double.PositiveInfinity, "", new Dictionary<string, double>())[0].ImportanceWeights[1], 1e-5);

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

        Assert.Throws<AgentTeamsException>(() => bandit.Trainer(new RlOptions { ImportanceCap = cap }));
    }

    private static TrainingRow Row() => Make.Row(3) with { BehaviorLogProbs = Sampler };

    [Fact]
    public void Correct_TwoRows_NamesTheMetricsByPolicyAndAveragesOverTokens()
    {
        var metrics = new Dictionary<string, double>();
        ImportanceSampling.Correct([Row()], [new(Trainer, [0, 0, 0], [])], cap: 2, "m+x/", metrics);
        Assert.Equal((1.105171 + 2 + 1.349859) / 3, metrics["m+x/sampling/importance_sampling_ratio/mean"], 1e-6);
        Assert.Equal(5, metrics.Keys.Count(k => k.StartsWith("m+x/sampling/", StringComparison.Ordinal)));
    }

    [Fact]
    public void Correct_NoBehaviourLogProbs_NamesTheRowAndTheFix() => Assert.Contains(
        "0 behaviour log-probabilities for 3 completion ids; importance sampling compares them", Assert.Throws<AgentTeamsException>(() =>
            ImportanceSampling.Correct([Row() with { BehaviorLogProbs = [] }], [new(Trainer, [0, 0, 0], [])], 2, "", new Dictionary<string, double>())).Message, StringComparison.Ordinal);
}
