using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentTeams.Models;

/// <summary>The Hugging Face <c>tokenizer.json</c> form of a tokenizer.</summary>
internal static class TokenizerFile
{
    /// <summary>Ids stay below this: about four times the largest published vocabulary.</summary>
    public const int MaxIds = 1 << 20;

    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false };

    public static Tokenizer Load(string path)
    {
        byte[] json;
        try
        {
            json = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException($"'{path}' cannot be read as a tokenizer: {e.Message}", e);
        }

        return Parse(json, path);
    }

    public static Tokenizer Parse(byte[] json, string source)
    {
        try
        {
            using var document = JsonDocument.Parse(json, s_strict);
            return Read(new FileEntry(document.RootElement, "", source));
        }
        // The second is how the JSON reader reports text that is no Unicode.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new ModelFormatException($"'{source}' is no tokenizer: {e.Message}", e);
        }
    }

    public static void Save(Tokenizer tokenizer, string path) => File.WriteAllText(path, ToJson(tokenizer));

    public static string ToJson(Tokenizer tokenizer)
    {
        var definition = tokenizer.Definition;
        var root = new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray([.. definition.Added.Select(a => new JsonObject
            {
                ["id"] = a.Id, ["content"] = a.Text, ["single_word"] = a.SingleWord, ["lstrip"] = a.StripLeft,
                ["rstrip"] = a.StripRight, ["normalized"] = a.Normalized, ["special"] = a.Special,
            })]),
        };
        foreach (var (key, json) in definition.Stages.Sources) root[key] = JsonNode.Parse(json);
        root["model"] = TokenizerModelFile.Write(definition);
        return root.ToJsonString(s_indented);
    }

    /// <summary>The stages of tokenizers that are trained here.</summary>
    public static TokenizerStages TrainedStages(string pattern)
    {
        var byteLevel = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = false, ["use_regex"] = false };
        var root = new JsonObject
        {
            ["pre_tokenizer"] = new JsonObject
            {
                ["type"] = "Sequence",
                ["pretokenizers"] = new JsonArray(
                    new JsonObject { ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = pattern }, ["behavior"] = "Isolated", ["invert"] = false },
                    byteLevel.DeepClone()),
            },
            ["decoder"] = byteLevel,
        };
        using var document = JsonDocument.Parse(root.ToJsonString());
        return TokenizerStages.Read(new FileEntry(document.RootElement, "", "the trained tokenizer"));
    }

    private static Tokenizer Read(FileEntry root)
    {
        root.Only("version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder", "model");
        if (!root["version"].IsNull && root["version"].String() != "1.0") throw root["version"].Refuse("\"1.0\"");
        foreach (var cut in (FileEntry[])[root["truncation"], root["padding"]])
        {
            if (!cut.IsNull) throw cut.Refuse("null: the caller decides how long a text may be");
        }

        var stages = TokenizerStages.Read(root);
        var model = TokenizerModelFile.Read(root["model"], stages, (vocabulary, byId) => ReadAdded(root["added_tokens"], vocabulary, byId, stages.Normalizer));
        if (stages.BeginId is { } begin && !model.Added.Any(a => a.Id == begin)) throw root["post_processor"].Refuse($"the id {begin} among 'added_tokens'");
        return new Tokenizer(model);
    }

    private static List<AddedToken> ReadAdded(FileEntry entry, Dictionary<string, int> vocabulary, Dictionary<int, string> byId, TextNormalizer normalizer)
    {
        var added = new List<AddedToken>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in entry.IsNull ? [] : entry.Items())
        {
            item.Only("id", "content", "single_word", "lstrip", "rstrip", "normalized", "special");
            var (text, id, special) = (item["content"].String(), item["id"].Int(MaxIds), item["special"].Bool(absent: false));
            if (text.Length == 0) throw item["content"].Refuse("some text");
            if (!known.Add(text)) throw item["content"].Refuse("each token once");
            if (!byId.TryAdd(id, text) && byId[id] != text) throw item["id"].Refuse($"an id of its own; '{byId[id]}' has it too");
            if (vocabulary.TryGetValue(text, out var piece) && piece != id)
                throw item["id"].Refuse($"the id {piece} of the piece that reads the same, as other readers take it");
            var normalized = item["normalized"].Bool(absent: !special);
            if (normalized && normalizer.Normalize(text).Length == 0) throw item["content"].Refuse("a text of which the normaliser leaves something");
            added.Add(new AddedToken(text, id, special, item["lstrip"].Bool(absent: false))
            {
                SingleWord = item["single_word"].Bool(absent: false), StripRight = item["rstrip"].Bool(absent: false), Normalized = normalized
            });
        }

        return added;
    }
}
