using System.Text;
using System.Text.Json.Nodes;

namespace AgentTeams.Tests;

/// <summary>What llama.cpp would compute differently is refused, and what was there before is kept.</summary>
public sealed class GgufRefusalTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("agentteams-gguf-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("mistral")]
    [InlineData("phi3")]
    [InlineData("gemma3_text")]
    public void ExportGguf_FamilyWithoutALayout_IsRefusedByName(string family) =>
        AssertRefused($"family '{family}'", c => c with { Family = ModelFamily.All.Single(f => f.Name == family) });

    [Fact]
    public void ExportGguf_FeatureThatLlamaCppLacks_IsRefusedByName()
    {
        AssertRefused("SlidingWindow", c => c with { SlidingWindow = 8 });
        AssertRefused("PartialRotaryFactor", c => c with { PartialRotaryFactor = 0.5f });
        AssertRefused("QueryKeyValueBias", c => c with { Family = ModelFamily.Qwen3, AttentionBias = true });
        AssertRefused("4 heads of 12 values", c => c with { Family = ModelFamily.Qwen2 });
        AssertRefused("rope_type 'llama3'", c => c with
        {
            Family = ModelFamily.Qwen3, RopeScaling = new() { Factor = 2, Bands = new() { LowFrequencyFactor = 1, HighFrequencyFactor = 4, OriginalMaxPositions = 64 } },
        });
    }

    [Fact]
    public void ExportGguf_WholeWords_AreRefusedByTheirExpression() =>
        AssertRefused("knows no pre-tokeniser", tokenizer: BpeTrainer.Train(["a b"], 300, MinimalChatTemplate.SpecialTokens, ["accept"]));

    [Fact]
    public void ExportGguf_MergesIgnoredWithTheCutsOfQwen2_IsRefused() =>
        AssertRefused("never merges a word", tokenizer: new Tokenizer(TinyModel.Tokenizer(280).Definition with { IgnoreMerges = true }));

    [Fact]
    public void ExportGguf_Normalizer_IsRefusedUnlessTextComesInItsForm()
    {
        var composed = Changed(f => f["normalizer"] = new JsonObject { ["type"] = "NFC" });
        AssertRefused("AllowUnnormalizedText", tokenizer: composed);
        using var model = Model(tokenizer: composed);
        model.ExportGguf(PathOf("allowed.gguf"), new() { AllowUnnormalizedText = true });
        AssertRefused("Lowercase", tokenizer: Changed(f => f["normalizer"] = new JsonObject { ["type"] = "Lowercase" }), options: new() { AllowUnnormalizedText = true });
    }

    [Theory]
    [InlineData("lstrip")]
    [InlineData("rstrip")]
    [InlineData("single_word")]
    public void ExportGguf_AddedTokenThatReadsItsSurroundings_IsRefusedByName(string flag) =>
        AssertRefused("'<|sep|>'", tokenizer: Changed(f => f["added_tokens"]![1]![flag] = true));

    [Fact]
    public void ExportGguf_AddedTokensThatMayOverlap_AreRefusedByName() => AssertRefused("'|>answers'", tokenizer: Changed(f =>
    {
        var added = f["added_tokens"]!.AsArray();
        var token = added[1]!.DeepClone();
        token["content"] = "|>answers";
        token["id"] = TinyModel.Tokenizer(280).VocabularySize;
        added.Add(token);
    }));

    [Fact]
    public void ExportGguf_TemplateWritesATokenThatTheModelLacks_IsRefused() =>
        AssertRefused("bos_token", options: new() { ChatTemplate = "{{ bos_token }}{{ messages[0].content }}" });

    [Fact]
    public void ExportGguf_TemplateThatIsCode_IsRefusedUnlessItsTextIsGiven()
    {
        var template = ChatTemplate.FromDelegate("mine", (_, _) => "", "<|end|>");
        AssertRefused("'mine' is code", template: template);
        using var model = Model(template: template);
        model.ExportGguf(PathOf("given.gguf"), new() { ChatTemplate = "{{ messages[0].content }}" });
        Assert.Equal("{{ messages[0].content }}", new GgufFile(PathOf("given.gguf")).Settings["tokenizer.chat_template"]);
    }

    [Fact]
    public void ExportGguf_MoreStopIdsThanSettings_IsRefused() =>
        AssertRefused("4 ids end an answer", c => c with { EndOfSequenceId = 0, AdditionalEndOfSequenceIds = [5, 6, 7] });

    [Fact]
    public void ExportGguf_OptionsThatAreNone_AreRefused()
    {
        AssertRefused("Type is 9", options: new() { Type = (GgufType)9 });
        AssertRefused("ChatTemplate is empty", options: new() { ChatTemplate = "" });
        AssertRefused("no policy 'tiny+other'", options: new() { Policy = new PolicyId("tiny", "other") });
        using var model = Model();
        Assert.Contains("is a folder", Assert.Throws<AgentTeamsException>(() => model.ExportGguf(_folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(float.NaN, GgufType.F32)]
    [InlineData(float.PositiveInfinity, GgufType.Q8_0)]
    [InlineData(70_000f, GgufType.F16)]
    [InlineData(1e7f, GgufType.Q8_0)]
    public void ExportGguf_WeightThatTheTypeCannotHold_KeepsTheFileBefore(float value, GgufType type)
    {
        using var model = Model();
        var path = PathOf("model.gguf");
        model.ExportGguf(path);
        var before = File.ReadAllBytes(path);
        model.ParametersOf(model.Base).ValueSpan[^1] = value;
        var error = Assert.Throws<AgentTeamsException>(() => model.ExportGguf(path, new() { Type = type }));
        Assert.Contains("'lm_head.weight'", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Fact]
    public void ExportGguf_EarlierFile_IsReplacedWhole()
    {
        using var model = Model();
        model.ExportGguf(PathOf("a.gguf"), new() { Type = GgufType.F32 });
        model.ExportGguf(PathOf("b.gguf"), new() { Type = GgufType.Q8_0 });
        model.ExportGguf(PathOf("a.gguf"), new() { Type = GgufType.Q8_0 });
        Assert.Equal(File.ReadAllBytes(PathOf("b.gguf")), File.ReadAllBytes(PathOf("a.gguf")));
    }

    private static Tokenizer Changed(Action<JsonObject> change)
    {
        var file = JsonNode.Parse(TokenizerFile.ToJson(TinyModel.Tokenizer(280)))!.AsObject();
        change(file);
        return Tokenizer.Parse(Encoding.UTF8.GetBytes(file.ToJsonString()), "changed");
    }

    private static LocalLanguageModel Model(Func<ModelConfig, ModelConfig>? change = null, Tokenizer? tokenizer = null, ChatTemplate? template = null)
    {
        tokenizer ??= TinyModel.Tokenizer(280);
        var config = TinyModel.Config(tokenizer.VocabularySize);
        return CpuLanguageModel.Create(new() { Id = "tiny", Config = change?.Invoke(config) ?? config, Tokenizer = tokenizer, Template = template ?? new MinimalChatTemplate(), Seed = new SeedKey(1) });
    }

    private void AssertRefused(string because, Func<ModelConfig, ModelConfig>? change = null, Tokenizer? tokenizer = null, ChatTemplate? template = null, GgufOptions? options = null)
    {
        using var model = Model(change, tokenizer, template);
        var error = Assert.ThrowsAny<AgentTeamsException>(() => model.ExportGguf(PathOf("refused.gguf"), options));
        Assert.Contains(because, error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(PathOf("refused.gguf")));
    }

    private string PathOf(string name) => Path.Combine(_folder, name);
}
