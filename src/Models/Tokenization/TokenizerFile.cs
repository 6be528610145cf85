using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentTeams;

/// <summary>The Hugging Face <c>tokenizer.json</c> form of a byte-level BPE tokenizer.</summary>
internal static class TokenizerFile
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Tokenizer Load(string path)
    {
        try
        {
            var root = JsonNode.Parse(File.ReadAllBytes(path)) ?? throw new JsonException("the file holds 'null'");
            var model = root["model"] ?? throw new JsonException("'model' is missing");
            if (model["type"]?.GetValue<string>() != "BPE") throw new JsonException($"'model.type' is '{model["type"]}'; supported is 'BPE'");
            var vocabulary = model["vocab"]!.AsObject().ToDictionary(p => p.Key, p => p.Value!.GetValue<int>(), StringComparer.Ordinal);
            var merges = model["merges"]!.AsArray().Select(m => ReadMerge(m!)).ToList();
            var added = (root["added_tokens"]?.AsArray() ?? []).Select(a => new AddedToken(
                a!["content"]!.GetValue<string>(), a["id"]!.GetValue<int>(), a["special"]?.GetValue<bool>() ?? false, a["lstrip"]?.GetValue<bool>() ?? false)).ToList();
            return new Tokenizer(vocabulary, merges, added, ReadPattern(root["pre_tokenizer"]));
        }
        catch (Exception e) when (e is JsonException or IOException or InvalidOperationException or NullReferenceException or ArgumentException)
        {
            throw new ModelFormatException($"'{path}' is no byte-level BPE tokenizer: {e.Message}", e);
        }
    }

    public static void Save(Tokenizer tokenizer, string path)
    {
        var vocabulary = new JsonObject();
        foreach (var (token, id) in tokenizer.Vocabulary.OrderBy(p => p.Value)) vocabulary[token] = id;
        var root = new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray([.. tokenizer.Added.Select(a => new JsonObject
            {
                ["id"] = a.Id, ["content"] = a.Text, ["single_word"] = false, ["lstrip"] = a.StripLeft,
                ["rstrip"] = false, ["normalized"] = false, ["special"] = a.Special,
            })]),
            ["pre_tokenizer"] = new JsonObject
            {
                ["type"] = "Sequence",
                ["pretokenizers"] = new JsonArray(
                    new JsonObject { ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = tokenizer.Pattern }, ["behavior"] = "Isolated", ["invert"] = false },
                    new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = false, ["use_regex"] = false }),
            },
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = false, ["use_regex"] = false },
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["vocab"] = vocabulary,
                ["merges"] = new JsonArray([.. tokenizer.Merges.Select(m => (JsonNode)$"{m.Item1} {m.Item2}")]),
            },
        };
        File.WriteAllText(path, root.ToJsonString(s_indented));
    }

    private static (string, string) ReadMerge(JsonNode node)
    {
        if (node is JsonArray pair) return (pair[0]!.GetValue<string>(), pair[1]!.GetValue<string>());
        var text = node.GetValue<string>();
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        return space > 0 ? (text[..space], text[(space + 1)..]) : throw new JsonException($"the merge '{text}' is not two pieces");
    }

    private static string ReadPattern(JsonNode? preTokenizer)
    {
        var split = preTokenizer?["pretokenizers"]?.AsArray().FirstOrDefault(p => p!["type"]?.GetValue<string>() == "Split");
        return split?["pattern"]?["Regex"]?.GetValue<string>()
            ?? throw new JsonException("'pre_tokenizer' holds no 'Split' with a regular expression, which byte-level BPE needs");
    }
}
