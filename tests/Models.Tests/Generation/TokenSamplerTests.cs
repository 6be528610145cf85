using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>The sampled distribution is the one that is recorded, and training can build it again.</summary>
public sealed class TokenSamplerTests
{
    private static readonly Truncation s_truncation = new(6, 0.9f, 0.05f);

    [Theory]
    [InlineData(1f, 1f)]
    [InlineData(0.5f, 1f)]
    [InlineData(1.4f, 1.3f)]
    public void Sample_ManySeeds_FrequenciesAreTheRecordedProbabilities(float temperature, float penalty)
    {
        var logits = TestTokenizer.RandomLogits(7, scale: 2)(0);
        var counts = new Dictionary<int, int>();
        var recorded = new Dictionary<int, double>();
        const int Draws = 20_000;
        for (var seed = 0; seed < Draws; seed++)
        {
            var request = TestTokenizer.Request(maxTokens: 1, seed: seed, temperature: temperature, truncation: s_truncation, penalty: penalty);
            var (id, logProb) = new TokenSampler(request).Sample(logits, []);
            counts[id] = counts.GetValueOrDefault(id) + 1;
            recorded[id] = Math.Exp(logProb);
        }

        Assert.InRange(recorded.Count, 2, 6);
        Assert.Equal(1, recorded.Values.Sum(), 1e-4);
        // Five standard deviations of a binomial count.
        foreach (var (id, p) in recorded) Assert.InRange(counts[id], Draws * p - 5 * Math.Sqrt(Draws * p * (1 - p)), Draws * p + 5 * Math.Sqrt(Draws * p * (1 - p)));
    }

    public static TheoryData<float, float, bool, bool> Settings { get; } = new()
    {
        { 1f, 1f, false, false }, { 0.8f, 1.2f, true, false }, { 1f, 1f, false, true }, { 1.5f, 1.2f, true, true }, { 0f, 1.2f, true, true }, { 0f, 1f, false, true }, { 1f, 0.8f, false, false },
    };

    [Theory]
    [MemberData(nameof(Settings))]
    public void Sample_Recorded_IsRecomputedBitForBit(float temperature, float penalty, bool truncates, bool constrained)
    {
        var grammar = constrained ? TestTokenizer.Compile("""{"type":"array","items":{"type":["string","number"]},"minItems":2}""") : null;
        for (var seed = 0; seed < 20; seed++)
        {
            var draw = TestTokenizer.RandomLogits(seed);
            var logits = Enumerable.Range(0, 30).Select(draw).ToList();
            var request = TestTokenizer.Request(grammar, 30, seed, temperature, truncates ? s_truncation : Truncation.None, penalty);
            var result = TestTokenizer.Sample(request, t => logits[t]);
            var trace = new TokenTrace
            {
                PromptIds = request.PromptIds, CompletionIds = result.Ids, LogProbs = result.LogProbs, Policy = request.Policy, WeightsVersion = 0, Temperature = temperature, Constraints = result.Constraints,
            };
            var row = new TrainingRow { PromptIds = trace.PromptIds, CompletionIds = trace.CompletionIds, Temperature = temperature > 0 ? temperature : 1, Constraints = trace.Constraints };
            var distribution = ConstrainedDistribution.Of(row, TestTokenizer.Instance, TestTokenizer.StopIds);
            Assert.Equal(penalty == 1 && !truncates && !constrained, distribution is null);
            for (var t = row.CompletionIds.Length - 1; t >= 0; t--)
            {
                var rescored = (float[])logits[t].Clone();
                distribution?.Apply(rescored, t);
                Assert.Equal(result.LogProbs[t], LogSoftmax.Of(rescored, row.CompletionIds[t], 1 / row.Temperature));
                Assert.Equal(result.LogProbs[t], LogSoftmax.Probabilities(rescored, row.CompletionIds[t], 1 / row.Temperature, new float[rescored.Length]).LogProb);
            }
        }
    }

    [Fact]
    public void Sample_Greedy_IgnoresTruncationAndRecordsTheFullDistribution()
    {
        var logits = TestTokenizer.RandomLogits(3)(0);
        var request = TestTokenizer.Request(maxTokens: 1, temperature: 0, truncation: new(2, 0.5f, 0));
        var result = TestTokenizer.Sample(request, _ => logits);
        Assert.Equal(Array.IndexOf(logits, logits.Max()), result.Ids[0]);
        Assert.Equal(LogSoftmax.Of(logits, result.Ids[0], 1), result.LogProbs[0]);
        Assert.Null(result.Constraints);
    }

    [Fact]
    public void Sample_RepetitionPenalty_AppliesOnceToPromptAndCompletion()
    {
        var logits = new float[40];
        (logits[5], logits[9], logits[20], logits[30]) = (4, -2, 4, 3.9f);
        var request = TestTokenizer.Request(maxTokens: 2, temperature: 0, penalty: 2);
        var result = TestTokenizer.Sample(request, _ => logits);
        Assert.Equal([20, 30], result.Ids);
        var expected = new float[40];
        (expected[5], expected[9], expected[20], expected[30]) = (2, -4, 4, 3.9f);
        Assert.Equal(LogSoftmax.Of(expected, 20, 1), result.LogProbs[0]);
    }

    [Fact]
    public void Derivatives_OfThePenalty_MatchDifferences()
    {
        var row = new TrainingRow { PromptIds = [5, 9, 5], CompletionIds = [7, 8], Constraints = new() { RepetitionPenalty = 1.6f } };
        var distribution = ConstrainedDistribution.Of(row, TestTokenizer.Instance, TestTokenizer.StopIds)!;
        var logits = TestTokenizer.RandomLogits(1)(0);
        var constrained = (float[])logits.Clone();
        distribution.Apply(constrained, 1);
        var derivatives = distribution.Derivatives(constrained, 1);
        Assert.Equal([5, 9, 7], derivatives.Select(d => d.Id));
        foreach (var (id, factor) in derivatives)
        {
            var moved = (float[])logits.Clone();
            moved[id] += 0.01f;
            distribution.Apply(moved, 1);
            Assert.Equal((moved[id] - constrained[id]) / 0.01, factor, 1e-3);
        }
    }

    [Fact]
    public void Sample_SteadyState_AllocatesNothing()
    {
        var grammar = TestTokenizer.Compile("""{"type":"string"}""");
        var request = TestTokenizer.Request(grammar, 4000, penalty: 1.1f, truncation: s_truncation);
        var logits = TestTokenizer.RandomLogits(4)(0);
        foreach (var id in TestTokenizer.StopIds) logits[id] = -100;
        var quote = TestTokenizer.Instance.Encode("\"")[0];
        logits[quote] = -100;
        Run(new TokenSampler(request));
        var sampler = new TokenSampler(request);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(sampler);
        // Only the record of what truncation kept grows, by doubling.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 3 * 6 * 4 * 300);

        void Run(TokenSampler s)
        {
            Span<int> ids = stackalloc int[300];
            for (var t = 0; t < 300; t++) ids[t] = s.Sample(logits, ids[..t]).Id;
        }
    }

    [Fact]
    public void Of_CompletionThatBreaksItsGrammar_NamesTheToken()
    {
        var row = new TrainingRow
        {
            Role = "coder", PromptIds = [1], CompletionIds = [.. TestTokenizer.Instance.Encode("truth"), 0],
            Constraints = new() { Grammar = """{"schema":{"type":"boolean"}}""", MaxTokens = 20 },
        };
        Assert.Contains("'coder'", Assert.Throws<AgentTeamsException>(() => ConstrainedDistribution.Of(row, TestTokenizer.Instance, TestTokenizer.StopIds)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("temperature", 3.0)]
    [InlineData("temperature", -1.0)]
    [InlineData("temperature", double.NaN)]
    [InlineData("temperature", 1e-30)]
    [InlineData("TopP", 0.0)]
    [InlineData("TopP", 1.1)]
    [InlineData("TopK", 0.0)]
    [InlineData("MaxOutputTokens", 0.0)]
    [InlineData("min_p", 1.5)]
    [InlineData("min_p", double.NaN)]
    [InlineData("repetition_penalty", 0.0)]
    [InlineData("repetition_penalty", double.PositiveInfinity)]
    public void From_OutOfRange_NamesTheOption(string option, double value)
    {
        var options = new ChatOptions { AdditionalProperties = [] };
        if (option == "temperature") options.Temperature = (float)value;
        else if (option == "TopP") options.TopP = (float)value;
        else if (option == "TopK") options.TopK = (int)value;
        else if (option == "MaxOutputTokens") options.MaxOutputTokens = (int)value;
        else options.AdditionalProperties[option] = value;
        Assert.Contains($"option {option} ", Assert.Throws<AgentTeamsException>(() => SamplingOptions.From(options, null)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void From_AllOptions_AreRead()
    {
        var options = new ChatOptions { Temperature = 0.5f, TopK = 3, TopP = 0.9f, Seed = 7, MaxOutputTokens = 5, AdditionalProperties = new() { ["min_p"] = 0.1, ["repetition_penalty"] = 1.5f } };
        var sampling = SamplingOptions.From(options, null);
        Assert.Equal((0.5f, new Truncation(3, 0.9f, 0.1f), 1.5f, 7L, 5), (sampling.Temperature, sampling.Truncation, sampling.RepetitionPenalty, sampling.Seed, sampling.MaxTokens));
        Assert.Null(sampling.Grammar);
    }

    [Fact]
    public void From_ToolModes_ChooseTheGrammar()
    {
        AITool[] tools = [AIFunctionFactory.Create((int a) => a, "twice"), AIFunctionFactory.Create(() => 1, "one")];
        var literals = new ToolCallFormat("<call>", "</call>", "values");
        string? Of(ChatToolMode? mode, ChatResponseFormat? format = null, ToolCallFormat? calls = null) =>
            SamplingOptions.From(new ChatOptions { Tools = [.. tools], ToolMode = mode, ResponseFormat = format }, calls).Grammar;
        Assert.Null(Of(null, calls: literals));
        Assert.Null(Of(ChatToolMode.Auto, ChatResponseFormat.Text, literals));
        Assert.Contains("\"twice\"", Of(ChatToolMode.RequireAny, calls: literals), StringComparison.Ordinal);
        Assert.Contains("<call>", Of(ChatToolMode.RequireAny, calls: literals), StringComparison.Ordinal);
        Assert.Contains("\"argumentsKey\":\"values\"", Of(ChatToolMode.RequireAny, calls: literals), StringComparison.Ordinal);
        Assert.DoesNotContain("\"twice\"", Of(ChatToolMode.RequireSpecific("one")), StringComparison.Ordinal);
        Assert.Equal("""{"schema":{"type":"object","additionalProperties":true}}""", Of(ChatToolMode.None, ChatResponseFormat.Json, literals));
        Assert.Contains("\"schema\"", Of(ChatToolMode.Auto, ChatResponseFormat.Json, literals), StringComparison.Ordinal);
        Assert.Contains("\"tools\"", Of(ChatToolMode.Auto, ChatResponseFormat.Json, literals), StringComparison.Ordinal);
        Assert.Contains("'three'", Assert.Throws<AgentTeamsException>(() => Of(ChatToolMode.RequireSpecific("three"))).Message, StringComparison.Ordinal);
    }
}
