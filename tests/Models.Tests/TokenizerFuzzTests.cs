using System.Text;
using System.Text.Json.Nodes;

namespace AgentTeams.Tests;

public sealed class TokenizerFuzzTests
{
    private static readonly int s_inputs = TestDepth.Of(10_000);

    private static readonly string[] s_values =
    [
        "null", "true", "false", "-1", "0", "1e999", "2147483648", "99999999999999999999", "0.5", "\"\"", "\"\\ud800\"", "\"x\"", "[]", "{}", "[[]]", "[null]", "\"Sequence\"", "\"ByteLevel\"",
        "\"NFC\"", "\"Metaspace\"", "\"Unigram\"", "\"BPE\"", "[\"x\",-1]", "\"MergedWithNext\"", "\"t h\"", "[\"t\",\"h\"]", "\"(?i:[^\\\\p{L}]?+)+\"", "\"((((\"", "\"\\u0000\"", "{\"type\":\"Sequence\",\"pretokenizers\":[]}",
    ];

    [Theory]
    [InlineData("byte-level")]
    [InlineData("llama")]
    [InlineData("mistral")]
    [InlineData("unigram")]
    public void Parse_MutatedFile_LoadsOrIsRefused(string kind)
    {
        var random = new SeedKey(15).ToRandom();
        var file = kind switch
        {
            "llama" => SentencePieceFiles.Llama(), "mistral" => SentencePieceFiles.Mistral(split: true), "unigram" => SentencePieceFiles.Unigram(byteFallback: true), _ => SmallTokenizer.File("<a>", "<b>"),
        };
        if (file["model"]!["vocab"] is JsonObject vocabulary) file["model"]!["vocab"] = new JsonObject(vocabulary.Reverse().Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone())));
        var valid = Encoding.UTF8.GetBytes(file.ToJsonString());
        var places = ValuePlaces(file);
        var (loaded, refused) = (0, 0);
        for (var i = 0; i < s_inputs; i++)
        {
            var input = random.Next(4) switch
            {
                0 => Flipped(valid, random),
                1 => valid[..random.Next(valid.Length)],
                2 => Spliced(valid, random),
                _ => Replaced(places, random),
            };
            try
            {
                var tokenizer = Tokenizer.Parse(input, "fuzz.json");
                loaded++;
                if (loaded % 10 == 0) tokenizer.Encode("the 𠀀 <a> 12\n", parseSpecial: true);
            }
            catch (ModelFormatException e)
            {
                Assert.Contains("fuzz.json", e.Message, StringComparison.Ordinal);
                refused++;
            }
        }

        Assert.Equal(s_inputs, loaded + refused);
        Assert.True(loaded > s_inputs / 100, $"Only {loaded} mutations still load: they are too coarse to reach what lies behind the JSON.");
        Assert.True(refused > s_inputs / 2);
    }

    private static byte[] Flipped(byte[] valid, Random random)
    {
        var bytes = (byte[])valid.Clone();
        for (var n = random.Next(1, 4); n > 0; n--) bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        return bytes;
    }

    /// <summary>A piece of the file copied to where it does not belong.</summary>
    private static byte[] Spliced(byte[] valid, Random random)
    {
        var (from, length, to) = (random.Next(valid.Length), random.Next(1, 40), random.Next(valid.Length));
        length = Math.Min(length, valid.Length - from);
        return [.. valid[..to], .. valid[from..(from + length)], .. valid[Math.Min(valid.Length, to + random.Next(40))..]];
    }

    private static byte[] Replaced((byte[] Before, byte[] After)[] places, Random random)
    {
        var (before, after) = places[random.Next(places.Length)];
        return [.. before, .. Encoding.UTF8.GetBytes(s_values[random.Next(s_values.Length)]), .. after];
    }

    /// <summary>What stands before and after each value outside the vocabulary, and after some of its entries.</summary>
    private static (byte[] Before, byte[] After)[] ValuePlaces(JsonObject file)
    {
        const string Mark = "\"@@mark@@\"";
        var places = new List<(byte[], byte[])>();
        Visit(file);
        return [.. places];

        void Visit(JsonNode node)
        {
            var count = node is JsonObject o ? o.Count : node.AsArray().Count;
            for (var i = 0; i < count; i++)
            {
                if (i >= 8 && node.GetPath().EndsWith("vocab", StringComparison.Ordinal)) break;
                var key = node is JsonObject owner ? owner.GetAt(i).Key : null;
                var child = key is null ? node[i] : node[key];
                Set(node, key, i, JsonNode.Parse(Mark));
                var text = file.ToJsonString();
                var at = text.IndexOf(Mark, StringComparison.Ordinal);
                places.Add((Encoding.UTF8.GetBytes(text[..at]), Encoding.UTF8.GetBytes(text[(at + Mark.Length)..])));
                Set(node, key, i, child);
                if (child is JsonObject or JsonArray) Visit(child);
            }
        }

        static void Set(JsonNode node, string? key, int index, JsonNode? value)
        {
            if (key is null) node[index] = value;
            else node[key] = value;
        }
    }
}
