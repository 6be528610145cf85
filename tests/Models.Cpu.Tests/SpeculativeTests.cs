namespace AgentTeams.Tests;

/// <summary>A draft of older weights changes how a completion comes about, and never how likely it is.</summary>
public sealed class SpeculativeTests : IDisposable
{
    private const int Vocabulary = 5;
    private static readonly int[] s_prompt = [3, 1, 4, 2];
    private readonly LocalLanguageModel _model = Create();
    private readonly LocalLanguageModel _before = Create();
    private readonly long _old;

    public SpeculativeTests()
    {
        _old = _model.KeepVersion(_model.Base);
        for (var step = 0; step < 3; step++)
        {
            _model.AccumulateAsync(_model.Base, [new() { PromptIds = s_prompt, CompletionIds = [1, 2, 0] }], new NegativeLogLikelihood(1)).Now();
            _model.ApplyAsync(_model.Base, new AdamWOptions { LearningRate = 0.02 }).Now();
        }
    }

    public void Dispose()
    {
        _model.Dispose();
        _before.Dispose();
    }

    [Theory]
    [InlineData(1f, 0)]
    [InlineData(0.6f, 0)]
    [InlineData(1f, 3)]
    public async Task Generate_DraftsOfOlderWeights_FrequenciesAreThoseOfTheNewWeights(float temperature, int topK)
    {
        const int Runs = 12_000;
        var truncation = topK > 0 ? new Truncation(topK, 1, 0) : Truncation.None;
        var drafts = await Task.WhenAll(Enumerable.Range(0, Runs).Select(i => Generate(i, temperature, truncation, version: _old)));
        var made = await Task.WhenAll(drafts.Select((d, i) => Generate(1_000_000 + i, temperature, truncation, draft: DraftOf(d, temperature))));
        var plain = await Task.WhenAll(Enumerable.Range(0, Runs).Select(i => Generate(2_000_000 + i, temperature, truncation)));
        Assert.All(made, m => Assert.NotNull(m.AcceptedTokens));
        Assert.Contains(made, m => m.AcceptedTokens == 0);
        Assert.Contains(made, m => m.AcceptedTokens == m.Ids.Length);
        Assert.Contains(made, m => m.AcceptedTokens > 0 && m.AcceptedTokens < m.Ids.Length);

        var likelihoods = made.Concat(plain).GroupBy(Text).ToDictionary(g => g.Key, g => Math.Exp(g.First().LogProbs.Sum(l => (double)l)));
        Assert.Equal(1, likelihoods.Values.Sum(), 0.02);
        var (quantile, statistic) = ChiSquare(made, likelihoods);
        Assert.True(statistic < quantile, $"{statistic} is above {quantile}");
        // Drafts taken as they are fail the same test by far.
        Assert.True(ChiSquare(drafts, likelihoods) is var (limit, unlike) && unlike > 5 * limit);
    }

    [Fact]
    public void Scheme_AllDraftsAndDrawsEnumerated_HasTheDistributionOfTheNewWeights()
    {
        var made = new Dictionary<string, double>();
        Enumerate([], 1, isDraft: true, wrong: false, made);
        var wrong = new Dictionary<string, double>();
        Enumerate([], 1, isDraft: true, wrong: true, wrong);
        var most = 0.0;
        Assert.Equal(1, made.Values.Sum(), 1e-9);
        foreach (var (text, probability) in made)
        {
            int[] ids = [.. text.Split(' ').Select(int.Parse)];
            var p = 1.0;
            for (var t = 0; t < ids.Length; t++) p *= New(ids[..t])[ids[t]];
            Assert.Equal(p, probability, 1e-9);
            most = Math.Max(most, Math.Abs(p - wrong[text]));
        }

        Assert.True(most > 0.001, $"drawing from the new distribution in place of the residual is off by {most} only");
    }

    [Fact]
    public async Task Generate_DraftOfTheSameWeights_IsTakenAsItIsInFewPasses()
    {
        var draft = await Generate(1, 1, Truncation.None, version: _old, tokens: 40, stop: []);
        var before = _model.Statistics;
        var made = await Generate(2, 1, Truncation.None, version: _old, draft: DraftOf(draft, 1), tokens: 40, stop: []);
        var after = _model.Statistics;
        Assert.Equal(draft.Ids, made.Ids);
        Assert.Equal(draft.LogProbs, made.LogProbs);
        Assert.Equal(40, made.AcceptedTokens);
        Assert.Equal(40, after.GeneratedTokens - before.GeneratedTokens);
        Assert.True(after.Passes - before.Passes <= 3);
    }

    [Fact]
    public async Task Generate_Recorded_LogProbsAreThoseOfTheFullForwardPass()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var draft = await Generate(seed, 0.8f, Truncation.None, version: _old, tokens: 20, stop: []);
            var made = await Generate(seed + 500, 0.8f, Truncation.None, draft: DraftOf(draft, 0.8f), tokens: 30, stop: []);
            var row = new TrainingRow { PromptIds = s_prompt, CompletionIds = made.Ids, Temperature = 0.8f };
            Assert.Equal(_model.ScoreAsync(_model.Base, [row]).Now()[0].LogProbs, made.LogProbs);
            Assert.Equal(draft.Ids[..made.AcceptedTokens!.Value], made.Ids[..made.AcceptedTokens.Value]);
        }
    }

    [Fact]
    public async Task Generate_Greedy_IsWhatItIsWithoutADraft()
    {
        var plain = await Generate(0, 0, Truncation.None, tokens: 20, stop: []);
        for (var seed = 0; seed < 10; seed++)
        {
            var draft = await Generate(seed, 1, Truncation.None, version: _old, tokens: 20, stop: []);
            var made = await Generate(0, 0, Truncation.None, draft: DraftOf(draft, 1), tokens: 20, stop: []);
            Assert.Equal(plain.Ids, made.Ids);
            Assert.Equal(plain.LogProbs, made.LogProbs);
        }
    }

    [Fact]
    public async Task Generate_AloneOrTogether_TakesTheSameTokens()
    {
        var drafts = new List<GenerationResult>();
        for (var i = 0; i < 30; i++) drafts.Add(await Generate(i, 1, Truncation.None, version: _old, tokens: 20));
        var alone = new List<GenerationResult>();
        for (var i = 0; i < 30; i++) alone.Add(await Generate(100 + i, 1, Truncation.None, draft: DraftOf(drafts[i], 1), tokens: 20));
        var together = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => Generate(100 + i, 1, Truncation.None, draft: DraftOf(drafts[i], 1), tokens: 20)));
        for (var i = 0; i < 30; i++)
        {
            Assert.Equal(alone[i].Ids, together[i].Ids);
            Assert.Equal(alone[i].LogProbs, together[i].LogProbs);
            Assert.Equal(alone[i].AcceptedTokens, together[i].AcceptedTokens);
        }
    }

    [Fact]
    public async Task Generate_VersionOfTheDraftWasDropped_IsSampledAsAlways()
    {
        var draft = await Generate(1, 1, Truncation.None, version: _old);
        var plain = await Generate(2, 1, Truncation.None);
        _model.DropVersion(_model.Base, _old);
        var made = await Generate(2, 1, Truncation.None, draft: DraftOf(draft, 1));
        Assert.Null(made.AcceptedTokens);
        Assert.Equal(plain.Ids, made.Ids);
    }

    private static LocalLanguageModel Create() => CpuLanguageModel.Create(new()
    {
        Id = "few", Config = TinyModel.Config(Vocabulary), Tokenizer = TinyModel.Tokenizer(0), Template = ChatTemplate.FromDelegate("ids", (messages, _) => "", "<|end|>"), Seed = new SeedKey(4),
    });

    private static string Text(GenerationResult result) => string.Join(' ', result.Ids);

    private Task<GenerationResult> Generate(long seed, float temperature, Truncation truncation, long? version = null, Draft? draft = null, int tokens = 3, int[]? stop = null) =>
        _model.Scheduler.Enqueue(new()
        {
            Policy = _model.Base, Version = version, Draft = draft, PromptIds = s_prompt, MaxTokens = tokens, Temperature = temperature, Truncation = truncation, Seed = new SeedKey(seed).ToSeed(),
            StopIds = stop ?? [0], CancellationToken = CancellationToken.None,
        });

    private Draft DraftOf(GenerationResult result, float temperature)
    {
        var row = new TrainingRow { PromptIds = s_prompt, CompletionIds = result.Ids, Temperature = temperature, Constraints = result.Constraints };
        return new() { Ids = result.Ids, LogProbs = result.LogProbs, Temperature = temperature, Version = result.WeightsVersion, Constraints = ConstrainedDistribution.Of(row, _model.Tokenizer, [0]) };
    }

    // What comes of all drafts and all draws, each as often as it is likely; behind a token that was not taken all is sampled as always.
    private void Enumerate(int[] taken, double weight, bool isDraft, bool wrong, Dictionary<string, double> made)
    {
        if (taken.Length == 3 || (taken.Length > 0 && taken[^1] == 0))
        {
            made[string.Join(' ', taken)] = made.GetValueOrDefault(string.Join(' ', taken)) + weight;
            return;
        }

        var p = New(taken);
        if (!isDraft)
        {
            for (var id = 0; id < Vocabulary; id++) Enumerate([.. taken, id], weight * p[id], false, wrong, made);
            return;
        }

        var q = Old(taken);
        double[] left = wrong ? p : [.. p.Zip(q, (a, b) => Math.Max(0, a - b))];
        for (var id = 0; id < Vocabulary; id++)
        {
            var accepted = Math.Min(1, p[id] / q[id]);
            Enumerate([.. taken, id], weight * q[id] * accepted, true, wrong, made);
            for (var other = 0; other < Vocabulary; other++) Enumerate([.. taken, other], weight * q[id] * (1 - accepted) * left[other] / left.Sum(), false, wrong, made);
        }
    }

    private double[] New(int[] taken) => Fill(_model.Logits(_model.Base, [.. s_prompt, .. taken]));

    private double[] Old(int[] taken) => Fill(_before.Logits(_before.Base, [.. s_prompt, .. taken]));

    private static double[] Fill(float[] logits)
    {
        var p = new double[Vocabulary];
        SpeculativeDraw.Fill(logits.AsSpan(logits.Length - Vocabulary), 1, p);
        return p;
    }

    // Completions that are expected less than 5 times count together. The quantile is that of 0.9999 (Wilson and Hilferty 1931).
    private static (double Quantile, double Statistic) ChiSquare(GenerationResult[] made, Dictionary<string, double> likelihoods)
    {
        var counts = made.CountBy(Text).ToDictionary();
        var frequent = likelihoods.Where(l => l.Value * made.Length >= 5).ToList();
        var statistic = frequent.Sum(l => Math.Pow(counts.GetValueOrDefault(l.Key) - l.Value * made.Length, 2) / (l.Value * made.Length));
        var (rest, seen) = ((1 - frequent.Sum(l => l.Value)) * made.Length, made.Length - frequent.Sum(l => counts.GetValueOrDefault(l.Key)));
        if (rest >= 5) statistic += Math.Pow(seen - rest, 2) / rest;
        double freedom = frequent.Count - (rest >= 5 ? 0 : 1);
        return (freedom * Math.Pow(1 - 2 / (9 * freedom) + 3.719 * Math.Sqrt(2 / (9 * freedom)), 3), statistic);
    }
}
