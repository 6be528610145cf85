namespace AgentTeams.Tests;

/// <summary>A byte-level tokenizer with tokens that span JSON punctuation, and the stop id 0.</summary>
internal static class TestTokenizer
{
    public static int[] StopIds { get; } = [0];

    public static Tokenizer Instance { get; } = BpeTrainer.Train(
        ["{\"name\":\"add\",\"arguments\":{\"a\":1,\"b\":22}}", "[\"red\",\"green\"],[\"red\",\"green\"]", "{\"a\":true},{\"a\":true},{\"b\":[]},{\"b\":[]}", "naïve 東京 🚀 naïve 東京 🚀"],
        420, [.. MinimalChatTemplate.SpecialTokens, "<|coder|>"], ["number0"]);

    public static TokenGrammar Compile(string schema)
    {
        using var parsed = System.Text.Json.JsonDocument.Parse(schema);
        return TokenGrammars.Get(Instance, StopIds, Grammar.ForSchema(parsed.RootElement));
    }

    /// <summary>Samples until a stop id or the limit, from logits that a function gives.</summary>
    public static GenerationResult Sample(GenerationRequest request, Func<int, float[]> logits)
    {
        var weights = new FixedWeights().Find(request.Policy, null)!;
        weights.Hold();
        var sequence = new ActiveSequence(request, new NoCache(), weights, null);
        for (var t = 0; !sequence.IsComplete; t++) sequence.Accept(logits(t));
        sequence.Finish();
        return request.Completion.Task.GetAwaiter().GetResult();
    }

    /// <summary>Independent normal logits for each token.</summary>
    public static Func<int, float[]> RandomLogits(int seed, float scale = 3)
    {
        var random = new Random(seed);
        return _ =>
        {
            var logits = new float[Instance.VocabularySize + 5];
            for (var i = 0; i < logits.Length; i++) logits[i] = scale * (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
            return logits;
        };
    }

    public static GenerationRequest Request(TokenGrammar? grammar = null, int maxTokens = 200, long seed = 0, float temperature = 1, Truncation? truncation = null, float penalty = 1) => new()
    {
        Policy = new("m"), PromptIds = [5, 9, 5], MaxTokens = maxTokens, Temperature = temperature, Seed = seed, StopIds = StopIds, Grammar = grammar,
        Truncation = truncation ?? Truncation.None, RepetitionPenalty = penalty, CancellationToken = CancellationToken.None,
    };

    private sealed class NoCache : ICachedSequence
    {
        public int Length => 0;

        public ICachedSequence? Fork(int capacity) => null;

        public void Truncate(int length) { }

        public void Keep(ReadOnlySpan<int> ids) { }

        public void Dispose() { }
    }
}
