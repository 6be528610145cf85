using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class FromTextsTests
{
    private static readonly string[] s_texts = ["how many apples are in the basket", "how many nuts are in the bag", "there are many apples in the bag"];

    [Fact]
    public async Task FromTexts_Created_AnswersAndStopsAtItsEnd()
    {
        using var model = CpuLanguageModel.Create(LocalModelOptions.FromTexts("m", s_texts, new SeedKey(1)));

        var reply = await model.GetChatClient(model.Base).GetResponseAsync("how many apples?", new ChatOptions { MaxOutputTokens = 3 });

        Assert.InRange(TokenTrace.Of(reply)!.CompletionIds.Length, 1, 3);
        Assert.Equal(model.Tokenizer.GetId(MinimalChatTemplate.End), model.Config.EndOfSequenceId);
        Assert.Equal(model.Tokenizer.VocabularySize, model.Config.VocabularySize);
    }

    [Fact]
    public void FromTexts_Texts_AreWhatTheVocabularyIsLearnedFrom()
    {
        var learned = LocalModelOptions.FromTexts("m", s_texts, new SeedKey(1)).Tokenizer;
        var bytesOnly = LocalModelOptions.FromTexts("m", [], new SeedKey(1)).Tokenizer;

        Assert.Single(learned.Encode(" apples"));
        Assert.Equal(7, bytesOnly.Encode(" apples").Length);
    }

    [Fact]
    public void FromTexts_WholeWordsAndSpecialTokens_AreOneTokenEach()
    {
        var tokenizer = LocalModelOptions.FromTexts("m", s_texts, new SeedKey(1), wholeWords: ["accept"], specialTokens: ["<|planner|>"]).Tokenizer;

        Assert.Single(tokenizer.Encode("accept"));
        Assert.Single(tokenizer.Encode("<|planner|>", parseSpecial: true));
        Assert.NotNull(tokenizer.FindId(MinimalChatTemplate.Answer));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public async Task FromTexts_Seed_DecidesTheWeights(long seed, bool isSame)
    {
        using var model = CpuLanguageModel.Create(LocalModelOptions.FromTexts("m", s_texts, new SeedKey(1)));
        using var other = CpuLanguageModel.Create(LocalModelOptions.FromTexts("m", s_texts, new SeedKey(seed)));

        Assert.Equal(isSame, await model.WeightsHashAsync() == await other.WeightsHashAsync());
    }

    [Fact]
    public void FromTexts_WithAnotherShape_KeepsTokenizerAndTemplate()
    {
        var options = LocalModelOptions.FromTexts("m", s_texts, new SeedKey(1));

        using var model = CpuLanguageModel.Create(options with { Config = options.Config with { Layers = 3, MaxPositions = 64 } });

        Assert.Equal(3, model.Config.Layers);
        Assert.Equal(options.Config.EndOfSequenceId, model.Config.EndOfSequenceId);
        Assert.Same(options.Tokenizer, model.Tokenizer);
    }

    [Fact]
    public void FromTexts_VocabularyTooSmall_NamesTheLeast()
    {
        var e = Assert.Throws<AgentTeamsException>(() => LocalModelOptions.FromTexts("m", s_texts, new SeedKey(1), vocabularySize: 100));

        Assert.Contains("at least 259", e.Message, StringComparison.Ordinal);
    }
}
