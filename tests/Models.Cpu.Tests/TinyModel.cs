namespace AgentTeams.Tests;

/// <summary>Small models for tests.</summary>
internal static class TinyModel
{
    public static Tokenizer Tokenizer(int size) => size == 0
        ? new Tokenizer([], [], [new("<|end|>", 2, true, false)], AgentTeams.Tokenizer.DefaultPattern)
        : BpeTrainer.Train(["how many apples are there in all of the baskets"], size, MinimalChatTemplate.SpecialTokens, []);

    public static ModelConfig Config(int vocabulary) => new()
    {
        VocabularySize = vocabulary, HiddenSize = 32, IntermediateSize = 44, Layers = 2, Heads = 4, KeyValueHeads = 2, HeadSize = 12,
        MaxPositions = 128, EndOfSequenceId = 0,
    };

    public static CpuLanguageModel Create(long seed = 1, CpuModelOptions? options = null, bool tied = false)
    {
        var tokenizer = Tokenizer(280);
        return CpuLanguageModel.Create("tiny", Config(tokenizer.VocabularySize) with { TieWordEmbeddings = tied }, tokenizer, new MinimalChatTemplate(), new SeedKey(seed), options);
    }

    public static TrainingRow Row(int seed, int prompt = 7, int completion = 5, float temperature = 1)
    {
        var random = new Random(seed);
        return new TrainingRow
        {
            PromptIds = [.. Enumerable.Range(0, prompt).Select(_ => random.Next(3, 260))],
            CompletionIds = [.. Enumerable.Range(0, completion).Select(_ => random.Next(3, 260))],
            Temperature = temperature,
        };
    }

    public static async Task<GenerationResult> Generate(CpuLanguageModel model, Policy policy, int[] prompt, int tokens, float temperature, int[] stop, long seed = 0)
    {
        return await model.Scheduler.Enqueue(new GenerationRequest
        {
            Policy = policy, PromptIds = prompt, MaxTokens = tokens, Temperature = temperature, Seed = seed, StopIds = stop, CancellationToken = CancellationToken.None,
        });
    }
}

/// <summary>Σ −weight · log-probability, plus an entropy term so that both gradients are exercised.</summary>
internal sealed class NegativeLogLikelihood(float entropyWeight = 0) : ITokenLoss
{
    public TokenLossResult Evaluate(IReadOnlyList<TrainingRow> rows, IReadOnlyList<TokenScores> scores, IReadOnlyList<TokenGradient> gradients)
    {
        var loss = 0.0;
        for (var r = 0; r < rows.Count; r++)
        {
            for (var t = 0; t < scores[r].LogProbs.Length; t++)
            {
                var weight = rows[r].Weights.Length == 0 ? 1f : rows[r].Weights[t];
                loss += -weight * scores[r].LogProbs[t] + entropyWeight * scores[r].Entropies[t];
                gradients[r].LogProbs[t] = -weight;
                gradients[r].Entropies[t] = entropyWeight;
            }
        }

        return new(loss, new Dictionary<string, double>());
    }
}
