using System.Text;
using System.Text.Json.Nodes;

namespace AgentTeams.Tests;

public sealed class TokenizerFileTests
{
    public static TheoryData<string, string, string> Unsupported => new()
    {
        { "version", "\"2.0\"", "version" },
        { "truncation", "{\"max_length\":512}", "truncation" },
        { "padding", "{}", "padding" },
        { "surprise", "1", "surprise" },
        { "normalizer", "{\"type\":\"NFKC\"}", "NFKC" },
        { "normalizer", "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFC\"},{\"type\":\"StripAccents\"}]}", "normalizer.normalizers[1].type" },
        { "pre_tokenizer", "null", "pre_tokenizer" },
        { "pre_tokenizer", "{\"type\":\"Whitespace\"}", "Whitespace" },
        { "pre_tokenizer", "{\"type\":\"ByteLevel\",\"add_prefix_space\":true,\"use_regex\":false}", "add_prefix_space" },
        { "pre_tokenizer.pretokenizers[0].behavior", "\"Removed\"", "Removed" },
        { "pre_tokenizer.pretokenizers[0].behavior", "\"Contiguous\"", "Contiguous" },
        { "pre_tokenizer.pretokenizers[0].pattern", "{\"Regex\":\"\\\\w+\"}", "\\w" },
        { "pre_tokenizer.pretokenizers[0].pattern", "{\"Glob\":\"*\"}", "Glob" },
        { "pre_tokenizer.pretokenizers[1]", "{\"type\":\"Punctuation\"}", "Punctuation" },
        { "post_processor", "{\"type\":\"BertProcessing\"}", "BertProcessing" },
        { "post_processor", "{\"type\":\"TemplateProcessing\",\"single\":[{\"Sequence\":{\"id\":\"A\"}},{\"SpecialToken\":{\"id\":\"</s>\"}}]}", "single" },
        { "post_processor", "{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":\"<s>\"}},{\"Sequence\":{\"id\":\"A\"}}],\"special_tokens\":{\"<s>\":{\"ids\":[7777]}}}", "7777" },
        { "decoder", "null", "decoder" },
        { "decoder", "{\"type\":\"WordPiece\"}", "WordPiece" },
        { "model.type", "\"Unigram\"", "Unigram" },
        { "model.dropout", "0.1", "model.dropout" },
        { "model.continuing_subword_prefix", "\"##\"", "##" },
        { "model.end_of_word_suffix", "\"</w>\"", "</w>" },
        { "model.byte_fallback", "true", "byte_fallback" },
        { "model.ignore_merges", "\"yes\"", "ignore_merges" },
        { "model.vocab.the", "-1", "model.vocab.the" },
        { "model.vocab.the", "2000000000", "model.vocab.the" },
        { "model.vocab.the", "256", "'th' has it too" },
        { "model.vocab.the", "1.5", "model.vocab.the" },
        { "model.vocab", "{}", "the byte 0" },
        { "model.merges[0]", "\"th\"", "model.merges[0]" },
        { "model.merges[0]", "\"t h e\"", "model.merges[0]" },
        { "model.merges[0]", "[\"t\"]", "model.merges[0]" },
        { "model.merges[0]", "[\"\",\"the\"]", "model.merges[0]" },
        { "model.merges[0]", "\"t x\"", "'tx' is not" },
        { "model.merges[0]", "\"ten the\"", "'ten' is not" },
        { "model.merges[1]", "\"t h\"", "model.merges[1]" },
        { "model.merges", "7", "model.merges" },
        { "added_tokens[0].id", "3", "added_tokens[0].id" },
        { "added_tokens[0].id", "-3", "added_tokens[0].id" },
        { "added_tokens[0].content", "\"\"", "added_tokens[0].content" },
        { "added_tokens[0].content", "\"<b>\"", "added_tokens[1].content" },
        { "added_tokens[0].lstrip", "1", "lstrip" },
        { "added_tokens[0].content", "\"\\ud800\"", "added_tokens[0].content" },
    };

    [Theory]
    [MemberData(nameof(Unsupported))]
    public void Parse_UnsupportedValue_IsRefusedByName(string key, string value, string named)
    {
        var json = SmallTokenizer.File("<a>", "<b>").ToJsonString();
        var error = Assert.Throws<ModelFormatException>(() => Tokenizer.Parse(With(json, key, value), "small.json"));
        Assert.Contains("small.json", error.Message, StringComparison.Ordinal);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"model\":1,\"model\":2}")]
    public void Parse_NoTokenizer_NamesTheFile(string json) =>
        Assert.Contains("small.json", Assert.Throws<ModelFormatException>(() => Tokenizer.Parse(Encoding.UTF8.GetBytes(json), "small.json")).Message, StringComparison.Ordinal);

    [Fact]
    public void Load_NoFile_NamesIt() =>
        Assert.Contains("nowhere", Assert.Throws<ModelFormatException>(() => Tokenizer.Load(Path.Combine(Path.GetTempPath(), "nowhere", "tokenizer.json"))).Message, StringComparison.Ordinal);

    [Fact]
    public void Parse_MergesAsPairs_MeanTheSame()
    {
        var pairs = SmallTokenizer.File();
        pairs["model"]!["merges"] = JsonNode.Parse("[[\"t\",\"h\"],[\"th\",\"e\"],[\"Ġ\",\"the\"]]");
        Assert.Equal([257, 258], SmallTokenizer.Load(pairs).Encode("the the"));
        Assert.Equal([257, 258], SmallTokenizer.Load().Encode("the the"));
    }

    [Fact]
    public void Encode_IgnoreMerges_TakesAWholeWordFromTheVocabulary()
    {
        var file = SmallTokenizer.File();
        file["model"]!["vocab"]!["xyz"] = 259;
        Assert.Equal(3, SmallTokenizer.Load(file).Encode("xyz").Length);
        file["model"]!["ignore_merges"] = true;
        Assert.Equal([259], SmallTokenizer.Load(file).Encode("xyz"));
        Assert.Equal(4, SmallTokenizer.Load(file).Encode("wxyz").Length);
    }

    [Fact]
    public void Encode_PlainByteLevel_SplitsAsGpt2()
    {
        var file = SmallTokenizer.File();
        file["pre_tokenizer"] = SmallTokenizer.ByteLevel(useRegex: true);
        Assert.Equal(["it", "'s", " a", " test", "12", "!?", "  ", " x"], Words(file, "it's a test12!?   x"));
    }

    [Fact]
    public void Encode_SeveralSplits_CutOneAfterTheOther()
    {
        var file = SmallTokenizer.File();
        file["pre_tokenizer"]!["pretokenizers"] = new JsonArray(
            new JsonObject { ["type"] = "Digits", ["individual_digits"] = true }, SmallTokenizer.Split("[一-龥]+"), SmallTokenizer.ByteLevel(useRegex: true));
        Assert.Equal(["ab", "1", "2", "東京", "c", " d"], Words(file, "ab12東京c d"));
    }

    [Fact]
    public void Encode_LiteralSplit_IsNoExpression()
    {
        var file = SmallTokenizer.File();
        file["pre_tokenizer"]!["pretokenizers"]![0]!["pattern"] = new JsonObject { ["String"] = "a.b" };
        Assert.Equal(["x", "a.b", "yacb"], Words(file, "xa.byacb"));
    }

    [Fact]
    public void Encode_RemovedAndInverted_KeepsTheMatchesOnly()
    {
        var file = SmallTokenizer.File();
        file["pre_tokenizer"]!["pretokenizers"]![0] = SmallTokenizer.Split(@"\p{L}+", "Removed", invert: true);
        Assert.Equal(["ab", "cd"], Words(file, "ab12cd"));
    }

    [Fact]
    public void Encode_AddedTokens_StripAndNormalizeAsDeclared()
    {
        var file = SmallTokenizer.File("<l>", "<r>", "caf\u00E9");
        file["added_tokens"]![0]!["lstrip"] = true;
        file["added_tokens"]![1]!["rstrip"] = true;
        file["added_tokens"]![2]!["normalized"] = true;
        var tokenizer = SmallTokenizer.Load(file);
        Assert.Equal(['a', 259, ' ', 'b', ' ', 260, 'c'], tokenizer.Encode("a \n<l> b <r> \t c", parseSpecial: true).Select(id => id < 256 ? tokenizer.Decode([id])[0] : id));
        Assert.Equal([261], tokenizer.Encode("cafe\u0301", parseSpecial: true));
        file["added_tokens"]![2]!["normalized"] = false;
        Assert.DoesNotContain(261, SmallTokenizer.Load(file).Encode("cafe\u0301", parseSpecial: true));
    }

    [Fact]
    public void Load_AddedTokenThatReadsLikeAPiece_MustHaveItsId()
    {
        var file = SmallTokenizer.File("the");
        Assert.Contains("the id 257 of the piece", Assert.Throws<ModelFormatException>(() => SmallTokenizer.Load(file)).Message, StringComparison.Ordinal);
        file["added_tokens"]![0]!["id"] = 257;
        Assert.Equal([257], SmallTokenizer.Load(file).Encode("the", parseSpecial: true));
    }

    [Fact]
    public void Encode_SingleWord_IsNotMatchedBesideLetters()
    {
        var file = SmallTokenizer.File("cat");
        file["added_tokens"]![0]!["single_word"] = true;
        var tokenizer = SmallTokenizer.Load(file);
        Assert.Equal([true, false, false, true, false], new[] { "a cat.", "cats", "_cat", "\u2014cat\u2014", "cat\u0301" }.Select(t => tokenizer.Encode(t, parseSpecial: true).Contains(259)));
    }

    [Fact]
    public void Encode_OverlappingTokens_TakesTheLeftmostThenTheLongest()
    {
        var tokenizer = SmallTokenizer.Load("<a>", "<a><b>", "<b><c>");
        Assert.Equal([260, tokenizer.Encode("<")[0]], tokenizer.Encode("<a><b><", parseSpecial: true));
        Assert.Equal([259, 261], tokenizer.Encode("<a>|<b><c>", parseSpecial: true).Where(id => id > 258));
        Assert.Equal([260], tokenizer.Encode("<a><b><c>", parseSpecial: true).Where(id => id > 258));
    }

    [Fact]
    public void Encode_TemplateProcessing_AddsTheBeginOnlyWhenAsked()
    {
        var file = SmallTokenizer.File("<s>");
        file["post_processor"] = JsonNode.Parse("""
            {"type":"Sequence","processors":[{"type":"ByteLevel"},{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],
             "pair":[],"special_tokens":{"<s>":{"id":"<s>","ids":[259],"tokens":["<s>"]}}}]}
            """);
        var tokenizer = SmallTokenizer.Load(file);
        Assert.Equal(259, tokenizer.BeginOfSequenceId);
        Assert.Equal([257], tokenizer.Encode("the"));
        Assert.Equal([259, 257], tokenizer.Encode("the", addBegin: true));
        Assert.Null(SmallTokenizer.Load().BeginOfSequenceId);
    }

    [Fact]
    public void SaveLoad_PublishedForm_KeepsEveryStage()
    {
        var file = SmallTokenizer.File("<s>");
        file["model"]!["ignore_merges"] = true;
        file["added_tokens"]![0]!["rstrip"] = true;
        var path = Path.GetTempFileName();
        try
        {
            SmallTokenizer.Load(file).Save(path);
            var saved = JsonNode.Parse(File.ReadAllText(path))!;
            foreach (var key in (string[])["added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder"]) Assert.True(JsonNode.DeepEquals(file[key], saved[key]), key);
            Assert.True(JsonNode.DeepEquals(file["model"]!["merges"], saved["model"]!["merges"]));
            Assert.True(saved["model"]!["ignore_merges"]!.GetValue<bool>());
            Assert.Equal([258], Tokenizer.Load(path).Encode(" the"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static List<string> Words(JsonObject file, string text)
    {
        var tokenizer = SmallTokenizer.Load(file);
        return [.. new WordSplitter(tokenizer.Definition.Stages.Splits).Split(text).Select(w => text[w.Start..w.End])];
    }

    /// <summary>The file with one value replaced; done on text where a JSON tree would refuse the value.</summary>
    private static byte[] With(string json, string key, string value)
    {
        var root = JsonNode.Parse(json)!;
        var steps = key.Replace("[", ".[", StringComparison.Ordinal).Split('.');
        var at = root;
        foreach (var step in steps[..^1]) at = step.StartsWith('[') ? at[Index(step)]! : at[step]!;
        if (steps[^1].StartsWith('[')) at[Index(steps[^1])] = "REPLACED";
        else at[steps[^1]] = "REPLACED";
        return Encoding.UTF8.GetBytes(root.ToJsonString().Replace("\"REPLACED\"", value, StringComparison.Ordinal));

        static int Index(string step) => step[1] - '0';
    }
}
