using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using static AgentTeams.Tests.SentencePieceFiles;

namespace AgentTeams.Tests;

/// <summary>What replies and prompts rest on: the text that single ids add, and text that goes on after other ids.</summary>
public sealed class SentencePieceTextTests
{
    public static TheoryData<string> Kinds => ["llama", "mistral", "gemma", "unigram"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void TokenBytes_IdById_AddUpToTheTextThatGoesOn(string kind)
    {
        var random = new SeedKey(21).ToRandom();
        var tokenizer = Make(kind);
        var texts = TokenBytes.Of(tokenizer);
        for (var i = 0; i < 3_000; i++)
        {
            int[] ids = [.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => random.Next(-1, tokenizer.VocabularySize + 1))];
            var bytes = new List<byte>();
            foreach (var id in ids) bytes.AddRange(texts.In(id));
            Assert.Equal(tokenizer.DecodePart(ids), Encoding.UTF8.GetString([.. bytes]));
            // What begins a text differs in its spaces at most.
            Assert.Equal(tokenizer.DecodePart(ids).TrimStart(' '), tokenizer.Decode(ids).TrimStart(' '));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Decode_OfEncode_GivesTheTextBack(string kind)
    {
        var tokenizer = Make(kind);
        // Metaspace puts nothing before a text that begins with a space already, so that space is lost.
        string[] texts = ["", "the cat", "\u6771\u4eac \U0001F680\n\n end", "a  b", "the  ", "\u0000\u007F\u0080", .. kind is "llama" or "gemma" ? (string[])[" the", "  the"] : []];
        foreach (var text in texts) Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
        Assert.Equal("x\uFFFDy", tokenizer.Decode(tokenizer.Encode("x\uD800y")));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ReplyText_AnyReply_ReadsAsTheFinishedOne(string kind)
    {
        var tokenizer = Make(kind);
        foreach (var (text, stop) in new[] { ("the cat sat", " cat"), (" the", " the"), ("ab \U0001F680 abc", "\U0001F680"), ("\n\nthe end", "end") })
        {
            var ids = tokenizer.EncodePart(text, parseSpecial: false, isFirst: false);
            var reply = new ReplyText(TokenBytes.Of(tokenizer), [stop]);
            foreach (var id in ids) reply.Append(id);
            Assert.True(reply.IsStopped);
            Assert.Equal(ReplyText.Finish(tokenizer.DecodePart(ids), [stop]), reply.Settled().ToString());
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Grammar_AnyReply_IsWhatTheSchemaAsksFor(string kind)
    {
        const string Schema = """{"type":"object","properties":{"the cat":{"type":"string","maxLength":4},"n":{"enum":["caf\u00e9 \ud83d\ude80","\n"]}},"required":["the cat","n"]}""";
        var tokenizer = Make(kind);
        using var schema = JsonDocument.Parse(Schema);
        var stop = tokenizer.GetId("</s>");
        var grammar = TokenGrammars.Get(tokenizer, [stop], Grammar.ForSchema(schema.RootElement));
        for (var seed = 0; seed < 30; seed++)
        {
            var random = new SeedKey(seed).ToRandom();
            var (state, ids, remaining) = (grammar.Start, new List<int>(), grammar.Shortest + 10);
            while (true)
            {
                var logits = new float[tokenizer.VocabularySize];
                for (var i = 0; i < logits.Length; i++) logits[i] = random.NextSingle();
                grammar.Mask(state, remaining--, logits);
                var id = Array.IndexOf(logits, logits.Max());
                if (id == stop) break;
                ids.Add(id);
                state = grammar.Advance(state, id)!;
            }

            var text = tokenizer.DecodePart(ids);
            Assert.True(SchemaValidator.IsValid(text, Schema), text);
        }
    }

    [Fact]
    public void PromptBuilder_TextAfterAToken_BeginsAsTheFileSays()
    {
        foreach (var (file, prefixed) in new[] { (Llama(), true), (Mistral(), false), (Mistral("always"), true), (Gemma(), false) })
        {
            var tokenizer = Tokenizer.Parse(SentencePieceFiles.Bytes(file), "small.json");
            int[] expected = [1, .. tokenizer.EncodePart("the", parseSpecial: false, isFirst: prefixed)];
            Assert.Equal(expected, new PromptBuilder(tokenizer).Token("<s>").Text("the").ToIds());
            Assert.Equal(expected, new PromptBuilder(tokenizer).Markup("<s>the").ToIds());
            Assert.Equal(expected, tokenizer.Encode("<s>the", parseSpecial: true));
            Assert.Equal(tokenizer.Encode("the"), new PromptBuilder(tokenizer).Text("the").ToIds());
        }
    }

    // Older files of Llama 2 look for special tokens in normalised text, where only one that begins a text is found.
    [Fact]
    public void PromptBuilder_SpecialTokenOfNormalizedText_IsFoundInTheTemplatesOwn()
    {
        var file = Llama();
        foreach (var token in file["added_tokens"]!.AsArray()) token!["normalized"] = true;
        var tokenizer = Tokenizer.Parse(SentencePieceFiles.Bytes(file), "small.json");
        var ids = new PromptBuilder(tokenizer).Markup("<s>the</s><s>").Text("<s>").ToIds();
        Assert.Equal([1, 2, 1], ids.Where(i => i is 1 or 2));
    }

    [Fact]
    public void Encode_UnigramOfAMegabyteInOneWord_Finishes()
    {
        var tokenizer = Tokenizer.Parse(SentencePieceFiles.Bytes(Unigram(byteFallback: true, scheme: "never", split: false)), "small.json");
        var text = string.Concat(Enumerable.Repeat("the cat \u6771\U0001F680", 100_000));
        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
    }

    public static TheoryData<string, string, string> Unsupported => new()
    {
        { "normalizer", """{"type":"NFKC"}""", "NFKC" },
        { "normalizer", """{"type":"Replace","pattern":{"String":""},"content":"x"}""", "normalizer.pattern" },
        { "normalizer", """{"type":"Replace","pattern":{"Regex":"a*"},"content":"x"}""", "normalizer.pattern" },
        { "normalizer", """{"type":"Replace","pattern":{"Regex":"\\w"},"content":"x"}""", "\\w" },
        { "normalizer", """{"type":"Precompiled","precompiled_charsmap":"AAAA"}""", "its size is missing" },
        { "normalizer", """{"type":"Precompiled","precompiled_charsmap":"/////w=="}""", "4294967295" },
        { "normalizer", """{"type":"Precompiled","precompiled_charsmap":"?"}""", "precompiled_charsmap" },
        { "pre_tokenizer", """{"type":"Metaspace","replacement":"__"}""", "replacement" },
        { "pre_tokenizer", """{"type":"Metaspace","replacement":"_","str_rep":"-"}""", "str_rep" },
        { "pre_tokenizer", """{"type":"Metaspace","replacement":"_","prepend_scheme":"last"}""", "last" },
        { "pre_tokenizer", """{"type":"Metaspace","replacement":"_","prepend_scheme":"always","add_prefix_space":false}""", "prepend_scheme" },
        { "pre_tokenizer", """{"type":"Sequence","pretokenizers":[{"type":"Digits"},{"type":"Metaspace","replacement":"_"}]}""", "pre_tokenizer.pretokenizers[1]" },
        { "pre_tokenizer", """{"type":"Sequence","pretokenizers":[{"type":"Metaspace","replacement":"_"},{"type":"ByteLevel","add_prefix_space":false}]}""", "Metaspace" },
        { "decoder", "null", "decoder" },
        { "decoder", """{"type":"ByteLevel"}""", "pre_tokenizer" },
        { "decoder", """{"type":"WordPiece"}""", "WordPiece" },
        { "decoder", """{"type":"Strip","content":" ","start":1,"stop":0}""", "Fuse" },
        { "decoder", """{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":1}]}""", "decoder.decoders[1].stop" },
        { "decoder", """{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Strip","content":"_","start":1,"stop":0}]}""", "decoder.decoders[1].content" },
        { "decoder", """{"type":"Sequence","decoders":[{"type":"ByteFallback"},{"type":"Replace","pattern":{"String":"_"},"content":" "}]}""", "decoder.decoders[1].type" },
        { "decoder", """{"type":"Replace","pattern":{"Regex":"_"},"content":" "}""", "Regex" },
        { "model.unk_token", "\"nowhere\"", "nowhere" },
        { "model.type", "\"WordPiece\"", "WordPiece" },
        { "added_tokens[0].content", "\"\"", "added_tokens[0].content" },
    };

    [Theory]
    [MemberData(nameof(Unsupported))]
    public void Parse_UnsupportedValue_IsRefusedByName(string key, string value, string named) => Refused(Llama(), key, value, named);

    [Theory]
    [InlineData("model.unk_id", "null", "model.unk_id")]
    [InlineData("model.unk_id", "100000", "model.unk_id")]
    [InlineData("model.vocab", "[]", "model.vocab")]
    [InlineData("model.vocab", """[["<unk>",0],["<unk>",-1]]""", "model.vocab[1]")]
    [InlineData("model.vocab", """[["<unk>"]]""", "model.vocab[0]")]
    [InlineData("model.vocab", """[["<unk>","0"]]""", "model.vocab[0][1]")]
    [InlineData("model.merges", "[]", "model.merges")]
    [InlineData("pre_tokenizer", """{"type":"ByteLevel","add_prefix_space":false}""", "decoder")]
    public void Parse_UnsupportedValueOfAUnigramModel_IsRefusedByName(string key, string value, string named) => Refused(Unigram(), key, value, named);

    [Fact]
    public void Parse_AddedTokenThatFollowsNoPieceOfAUnigramModel_IsRefused()
    {
        var file = With(Unigram(), Token("<new>", 0));
        Tokenizer.Parse(SentencePieceFiles.Bytes(file), "small.json");
        file["added_tokens"]![3]!["id"] = 999;
        Assert.Contains("'<new>' has the next id", Assert.Throws<ModelFormatException>(() => Tokenizer.Parse(SentencePieceFiles.Bytes(file), "small.json")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_NothingForTheUnknown_IsRefused()
    {
        var file = Llama(byteFallback: false);
        file["model"]!["unk_token"] = null;
        Assert.Contains("unk_token", Assert.Throws<ModelFormatException>(() => Tokenizer.Parse(SentencePieceFiles.Bytes(file), "small.json")).Message, StringComparison.Ordinal);
        file = Llama();
        file["model"]!["unk_token"] = null;
        Assert.Equal("\U0001F680", Tokenizer.Parse(SentencePieceFiles.Bytes(file), "small.json").Decode(Tokenizer.Parse(SentencePieceFiles.Bytes(file), "small.json").Encode("\U0001F680")));
    }

    private static void Refused(JsonObject file, string key, string value, string named)
    {
        JsonNode at = file;
        var steps = key.Replace("[", ".[", StringComparison.Ordinal).Split('.');
        foreach (var step in steps[..^1]) at = step[0] == '[' ? at[int.Parse(step[1..^1], System.Globalization.CultureInfo.InvariantCulture)]! : at[step]!;
        at[steps[^1]] = JsonNode.Parse(value);
        var error = Assert.Throws<ModelFormatException>(() => Tokenizer.Parse(SentencePieceFiles.Bytes(file), "small.json"));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    private static Tokenizer Make(string kind) => Tokenizer.Parse(SentencePieceFiles.Bytes(kind switch
    {
        "llama" => Llama(), "mistral" => Mistral(), "gemma" => Gemma(), _ => Unigram(byteFallback: true),
    }), "small.json");
}
