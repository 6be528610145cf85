using System.Text;
using System.Text.Json.Nodes;

namespace AgentTeams.Tests;

/// <summary>Small <c>tokenizer.json</c> files in the forms that Llama 2, Mistral, Gemma and unigram models have.</summary>
internal static class SentencePieceFiles
{
    public const string Space = "\u2581";

    private const string Corpus =
        "the cat sat on the mat and the hat ; the quick brown fox, 12 foxes, caf\u00e9 na\u00efve \u6771\u4eac \u6771\u4eac\u90fd\nthe end. ab abc abcd  two  spaces   three <b>bold</b> the theatre";

    public static readonly string[] Special = ["<unk>", "<s>", "</s>"];

    /// <summary>Llama 2: the normaliser writes spaces, before every stretch of text.</summary>
    public static JsonObject Llama(bool byteFallback = true, bool fuse = true) => new()
    {
        ["version"] = "1.0", ["truncation"] = null, ["padding"] = null,
        ["added_tokens"] = Added(),
        ["normalizer"] = Parse("""{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]}"""),
        ["pre_tokenizer"] = null,
        ["post_processor"] = Begin(),
        ["decoder"] = LlamaDecoder(),
        ["model"] = Bpe(byteFallback, fuse),
    };

    /// <summary>Mistral: the pre-tokenizer writes them, before the first text only.</summary>
    public static JsonObject Mistral(string scheme = "first", bool split = false)
    {
        var file = Llama();
        file["normalizer"] = null;
        file["pre_tokenizer"] = new JsonObject { ["type"] = "Metaspace", ["replacement"] = Space, ["prepend_scheme"] = scheme, ["split"] = split };
        return file;
    }

    /// <summary>Gemma: nothing is put before text, so nothing is taken away.</summary>
    public static JsonObject Gemma()
    {
        var file = Llama();
        file["normalizer"] = Parse("""{"type":"Replace","pattern":{"String":" "},"content":"▁"}""");
        file["pre_tokenizer"] = Parse("""{"type":"Split","pattern":{"String":" "},"behavior":"MergedWithPrevious","invert":false}""");
        file["decoder"] = Parse("""{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"}]}""");
        return file;
    }

    public static JsonObject Unigram(bool byteFallback = false, string scheme = "always", bool split = true)
    {
        var vocabulary = new JsonArray([.. Special.Select(s => new JsonArray(s, 0.0))]);
        if (byteFallback) foreach (var b in Bytes()) vocabulary.Add(new JsonArray(b, 0.0));
        var random = new SeedKey(5).ToRandom();
        var pieces = Words().SelectMany(w => Enumerable.Range(1, Math.Min(6, w.Length)).SelectMany(n => Enumerable.Range(0, w.Length - n + 1).Select(i => w.Substring(i, n)))).Distinct();
        // Whole numbers and halves, so that some ways to cut a word score the same.
        foreach (var piece in pieces.Where((p, i) => p.Length == 1 || i % 3 == 0)) vocabulary.Add(new JsonArray(piece, -2.0 - random.Next(24) / 2.0));
        return new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = Added(),
            ["normalizer"] = null,
            ["pre_tokenizer"] = new JsonObject { ["type"] = "Metaspace", ["replacement"] = Space, ["prepend_scheme"] = scheme, ["split"] = split },
            ["post_processor"] = null,
            ["decoder"] = Decoder(byteFallback, scheme),
            ["model"] = new JsonObject { ["type"] = "Unigram", ["unk_id"] = 0, ["vocab"] = vocabulary, ["byte_fallback"] = byteFallback },
        };
    }

    public static JsonNode Parse(string json) => JsonNode.Parse(json)!;

    public static JsonObject Token(string text, int id, bool special = false, bool left = false, bool right = false, bool normalized = false) => new()
    {
        ["id"] = id, ["content"] = text, ["single_word"] = false, ["lstrip"] = left, ["rstrip"] = right, ["normalized"] = normalized, ["special"] = special,
    };

    /// <summary>The file with more added tokens; those that are no pieces have the ids that follow.</summary>
    public static JsonObject With(JsonObject file, params JsonObject[] tokens)
    {
        var pieces = file["model"]!["vocab"] is JsonArray list ? list.Select(p => p![0]!.GetValue<string>()).ToList() : file["model"]!["vocab"]!.AsObject().Select(p => p.Key).ToList();
        var next = pieces.Count;
        foreach (var token in tokens)
        {
            var piece = pieces.IndexOf(token["content"]!.GetValue<string>());
            token["id"] = piece >= 0 ? piece : next++;
            file["added_tokens"]!.AsArray().Add(token);
        }

        return file;
    }

    public static byte[] Bytes(JsonObject file) => Encoding.UTF8.GetBytes(file.ToJsonString());

    private static JsonArray Added() => new([.. Special.Select((s, i) => (JsonNode)Token(s, i, special: true))]);

    private static JsonNode LlamaDecoder() => Parse("""
        {"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}
        """);

    private static JsonObject Decoder(bool byteFallback, string scheme)
    {
        var space = new JsonObject { ["type"] = "Metaspace", ["replacement"] = Space, ["prepend_scheme"] = scheme, ["split"] = true };
        return byteFallback ? new JsonObject { ["type"] = "Sequence", ["decoders"] = new JsonArray(Parse("""{"type":"ByteFallback"}"""), space) } : space;
    }

    private static JsonNode Begin() => Parse("""
        {"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],"pair":[{"Sequence":{"id":"A","type_id":0}},{"Sequence":{"id":"B","type_id":1}}],
         "special_tokens":{"<s>":{"id":"<s>","ids":[1],"tokens":["<s>"]}}}
        """);

    private static IEnumerable<string> Bytes() => Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>");

    private static IEnumerable<string> Words() => Corpus.Split(' ').Select(w => Space + w);

    // Merges as BPE learns them: the most frequent pair, the ordinally smaller one of equals; and runs of spaces, as Llama has them.
    private static JsonObject Bpe(bool byteFallback, bool fuse)
    {
        var vocabulary = new JsonObject();
        foreach (var piece in byteFallback ? Special.Concat(Bytes()) : Special) vocabulary[piece] = vocabulary.Count;
        var words = Words().Append(Space + Space + Space + Space).Select(w => w.EnumerateRunes().Where(r => r.Value != '\n').Select(r => r.ToString()).ToList()).ToList();
        foreach (var c in words.SelectMany(w => w).Distinct().ToList()) vocabulary[c] = vocabulary.Count;
        var merges = new JsonArray();
        for (var n = 0; n < 60; n++)
        {
            var best = words.SelectMany(w => w.Zip(w.Skip(1))).CountBy(p => p).OrderByDescending(p => p.Value).ThenBy(p => p.Key.First + " " + p.Key.Second, StringComparer.Ordinal).First().Key;
            merges.Add($"{best.First} {best.Second}");
            vocabulary.TryAdd(best.First + best.Second, vocabulary.Count);
            foreach (var word in words)
            {
                for (var i = 0; i + 1 < word.Count; i++)
                {
                    if ((word[i], word[i + 1]) != best) continue;
                    word[i] += word[i + 1];
                    word.RemoveAt(i + 1);
                }
            }
        }

        return new JsonObject
        {
            ["type"] = "BPE", ["dropout"] = null, ["unk_token"] = "<unk>", ["continuing_subword_prefix"] = null, ["end_of_word_suffix"] = null,
            ["fuse_unk"] = fuse, ["byte_fallback"] = byteFallback, ["ignore_merges"] = false, ["vocab"] = vocabulary, ["merges"] = merges,
        };
    }
}
