using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentTeams.Models;

/// <summary>The Hugging Face <c>tokenizer.json</c> form of a byte-level BPE tokenizer.</summary>
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
            throw new ModelFormatException($"'{source}' is no byte-level BPE tokenizer: {e.Message}", e);
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
        var model = new JsonObject { ["type"] = "BPE" };
        if (definition.IgnoreMerges) model["ignore_merges"] = true;
        var vocabulary = new JsonObject();
        foreach (var (token, id) in FileVocabulary(definition).OrderBy(p => p.Value)) vocabulary[token] = id;
        model["vocab"] = vocabulary;
        var spaced = definition.Merges.Any(m => m.Left.Contains(' ', StringComparison.Ordinal) || m.Right.Contains(' ', StringComparison.Ordinal));
        model["merges"] = new JsonArray([.. definition.Merges.Select(m => spaced ? new JsonArray(m.Left, m.Right) : (JsonNode)$"{m.Left} {m.Right}")]);
        root["model"] = model;
        return root.ToJsonString(s_indented);
    }

    /// <summary>
    /// The pieces, and the added tokens among them unless other readers give those the same ids anyway: they take the id of the
    /// piece that reads the same, else the next after all pieces and added tokens so far, whatever id the file names.
    /// </summary>
    private static Dictionary<string, int> FileVocabulary(TokenizerDefinition definition)
    {
        var vocabulary = definition.Vocabulary;
        var next = vocabulary.Count;
        foreach (var token in definition.Added)
        {
            var id = vocabulary.TryGetValue(token.Text, out var piece) ? piece : next;
            if (id != token.Id) return new(vocabulary.Union(definition.Added.Select(a => KeyValuePair.Create(a.Text, a.Id))), StringComparer.Ordinal);
            next = Math.Max(next, id + 1);
        }

        return vocabulary;
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

        var model = root["model"];
        model.Only("type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", "byte_fallback", "ignore_merges", "vocab", "merges");
        if (model["type"].String() != "BPE") throw model["type"].Refuse("\"BPE\"");
        // With all 256 bytes in the vocabulary nothing is ever unknown, so how unknown pieces would be treated cannot matter.
        foreach (var key in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (!model[key].IsNull && model[key].String().Length > 0) throw model[key].Refuse("null or \"\"");
        }

        if (!model["dropout"].IsNull && model["dropout"].Json is not ("0" or "0.0")) throw model["dropout"].Refuse("null");
        if (!model["unk_token"].IsNull) model["unk_token"].String();
        model["fuse_unk"].Bool(absent: false);
        if (model["byte_fallback"].Bool(absent: false)) throw model["byte_fallback"].Refuse("false");
        var vocabulary = ReadVocabulary(model["vocab"], out var byId);
        var definition = new TokenizerDefinition
        {
            Vocabulary = vocabulary,
            Merges = ReadMerges(model["merges"], vocabulary),
            Added = ReadAdded(root["added_tokens"], vocabulary, byId),
            Stages = TokenizerStages.Read(root),
            IgnoreMerges = model["ignore_merges"].Bool(absent: false),
        };
        TokenizerStages.CheckDecoder(root["decoder"]);
        if (definition.Stages.BeginId is { } begin && !definition.Added.Any(a => a.Id == begin)) throw root["post_processor"].Refuse($"the id {begin} among 'added_tokens'");
        return new Tokenizer(definition);
    }

    private static Dictionary<string, int> ReadVocabulary(FileEntry entry, out Dictionary<int, string> byId)
    {
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        byId = [];
        foreach (var property in entry.Properties())
        {
            var (token, value) = (property.Name, property.Value);
            var id = value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number is >= 0 and < MaxIds ? number : entry[token].Int(MaxIds);
            if (!byId.TryAdd(id, token)) throw entry[token].Refuse($"an id of its own; '{byId[id]}' has it too");
            vocabulary.Add(token, id);
        }

        for (var b = 0; b < 256; b++)
        {
            var piece = ByteAlphabet.ToChar((byte)b).ToString();
            if (!vocabulary.ContainsKey(piece)) throw entry[piece].Refuse($"the id of the byte {b}; byte-level BPE needs all 256");
        }

        return vocabulary;
    }

    private static List<(string Left, string Right)> ReadMerges(FileEntry entry, Dictionary<string, int> vocabulary)
    {
        var merges = new List<(string Left, string Right)>();
        var seen = new HashSet<(int, int)>();
        foreach (var item in entry.Items())
        {
            var (left, right) = item.Pair();
            if (!seen.Add((Id(left), Id(right)))) throw item.Refuse("each merge once");
            Id(left + right);
            merges.Add((left, right));

            int Id(string piece) => piece.Length > 0 && vocabulary.TryGetValue(piece, out var id) ? id : throw item.Refuse($"pieces and a result that are in the vocabulary; '{piece}' is not");
        }

        return merges;
    }

    private static List<AddedToken> ReadAdded(FileEntry entry, Dictionary<string, int> vocabulary, Dictionary<int, string> byId)
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
            if (vocabulary.TryGetValue(text, out var piece) && piece != id) throw item["id"].Refuse($"the id {piece} of the piece that reads the same, as other readers take it");
            added.Add(new AddedToken(text, id, special, item["lstrip"].Bool(absent: false)) { SingleWord = item["single_word"].Bool(absent: false), StripRight = item["rstrip"].Bool(absent: false), Normalized = item["normalized"].Bool(absent: !special) });
        }

        return added;
    }
}
