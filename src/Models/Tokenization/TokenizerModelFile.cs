using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentTeams.Models;

/// <summary>The <c>model</c> of a <c>tokenizer.json</c>: the pieces, and how words become them.</summary>
internal static class TokenizerModelFile
{
    /// <exception cref="ModelFormatException">The model is malformed or not supported; what is wrong is named.</exception>
    public static TokenizerDefinition Read(FileEntry model, TokenizerStages stages,
        Func<Dictionary<string, int>, Dictionary<int, string>, List<AddedToken>> readAdded) => model["type"].String() switch
    {
        "BPE" => ReadBpe(model, stages, readAdded),
        "Unigram" when stages.IsByteLevel => throw model["type"].Refuse("\"BPE\" where the text is cut by 'ByteLevel'"),
        "Unigram" => ReadUnigram(model, stages, readAdded),
        _ => throw model["type"].Refuse("\"BPE\" or \"Unigram\""),
    };

    public static JsonObject Write(TokenizerDefinition definition) => definition.Scores is null ? WriteBpe(definition) : new JsonObject
    {
        ["type"] = "Unigram",
        ["unk_id"] = definition.UnknownId,
        ["vocab"] = new JsonArray([.. definition.Vocabulary.OrderBy(p => p.Value).Select(p => new JsonArray(p.Key, definition.Scores[p.Value]))]),
        ["byte_fallback"] = definition.ByteFallback,
    };

    private static JsonObject WriteBpe(TokenizerDefinition definition)
    {
        var model = new JsonObject { ["type"] = "BPE" };
        if (definition.UnknownId is { } unknown) model["unk_token"] = definition.Vocabulary.First(p => p.Value == unknown).Key;
        if (definition.FusesUnknown) model["fuse_unk"] = true;
        if (definition.ByteFallback) model["byte_fallback"] = true;
        if (definition.IgnoreMerges) model["ignore_merges"] = true;
        var vocabulary = new JsonObject();
        foreach (var (token, id) in FileVocabulary(definition).OrderBy(p => p.Value)) vocabulary[token] = id;
        model["vocab"] = vocabulary;
        var spaced = definition.Merges.Any(m => m.Left.Contains(' ', StringComparison.Ordinal) || m.Right.Contains(' ', StringComparison.Ordinal));
        model["merges"] = new JsonArray([.. definition.Merges.Select(m => spaced ? new JsonArray(m.Left, m.Right) : (JsonNode)$"{m.Left} {m.Right}")]);
        return model;
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

    private static TokenizerDefinition ReadBpe(FileEntry model, TokenizerStages stages,
        Func<Dictionary<string, int>, Dictionary<int, string>, List<AddedToken>> readAdded)
    {
        model.Only("type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", "byte_fallback", "ignore_merges", "vocab",
            "merges");
        foreach (var key in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (!model[key].IsNull && model[key].String().Length > 0) throw model[key].Refuse("null or \"\"");
        }

        if (!model["dropout"].IsNull && model["dropout"].Json is not ("0" or "0.0")) throw model["dropout"].Refuse("null");
        var unknown = model["unk_token"].IsNull ? null : model["unk_token"].String();
        var (fuses, fallback) = (model["fuse_unk"].Bool(absent: false), model["byte_fallback"].Bool(absent: false));
        if (fallback && stages.IsByteLevel) throw model["byte_fallback"].Refuse("false where the text is cut by 'ByteLevel'");
        var vocabulary = ReadVocabulary(model["vocab"], out var byId);
        int? unknownId = null;
        if (stages.IsByteLevel)
        {
            // With all 256 bytes in the vocabulary nothing is ever unknown, so how unknown pieces would be treated cannot matter.
            for (var b = 0; b < 256; b++)
            {
                var piece = ByteAlphabet.ToChar((byte)b).ToString();
                if (!vocabulary.ContainsKey(piece)) throw model["vocab"][piece].Refuse($"the id of the byte {b}; byte-level BPE needs all 256");
            }
        }
        else if (unknown is not null)
        {
            unknownId = vocabulary.TryGetValue(unknown, out var id) ? id : throw model["unk_token"].Refuse("a piece of the vocabulary");
        }
        else if (!fallback || Array.Exists(BytePieces.Ids(vocabulary), i => i is null))
        {
            throw model["unk_token"]
                .Refuse("the piece that stands for unknown characters, or 'byte_fallback' with the pieces of all 256 bytes, or a 'ByteLevel' pre-tokenizer");
        }

        return new TokenizerDefinition
        {
            Vocabulary = vocabulary,
            Merges = ReadMerges(model["merges"], vocabulary),
            Added = readAdded(vocabulary, byId),
            Stages = stages,
            IgnoreMerges = model["ignore_merges"].Bool(absent: false),
            UnknownId = unknownId,
            FusesUnknown = fuses && !stages.IsByteLevel,
            ByteFallback = fallback,
        };
    }

    private static TokenizerDefinition ReadUnigram(FileEntry model, TokenizerStages stages,
        Func<Dictionary<string, int>, Dictionary<int, string>, List<AddedToken>> readAdded)
    {
        model.Only("type", "unk_id", "vocab", "byte_fallback");
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        var byId = new Dictionary<int, string>();
        var scores = new List<double>();
        foreach (var item in model["vocab"].Items())
        {
            if (item.Items() is not [var piece, var score]) throw item.Refuse("a piece and its score");
            if (scores.Count == TokenizerFile.MaxIds) throw model["vocab"].Refuse($"at most {TokenizerFile.MaxIds} pieces");
            if (!vocabulary.TryAdd(piece.String(), scores.Count)) throw item.Refuse("each piece once");
            byId[scores.Count] = piece.String();
            scores.Add(score.Number());
        }

        if (scores.Count == 0) throw model["vocab"].Refuse("at least the piece for what is unknown");
        var added = readAdded(vocabulary, byId);
        // The pieces are a list here, so an added token cannot be given its id by putting it among them.
        var next = scores.Count;
        if (added.Find(a => !vocabulary.ContainsKey(a.Text) && a.Id != next++) is { } odd)
            throw model["vocab"]
                .Refuse($"pieces after which the added token '{odd.Text}' has the next id, {next - 1}, as other readers take it, and not {odd.Id}");
        return new TokenizerDefinition
        {
            Vocabulary = vocabulary, Merges = [], Added = added, Stages = stages, Scores = scores,
            UnknownId = model["unk_id"].Int(scores.Count), FusesUnknown = true, ByteFallback = model["byte_fallback"].Bool(absent: false),
        };
    }

    private static Dictionary<string, int> ReadVocabulary(FileEntry entry, out Dictionary<int, string> byId)
    {
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        byId = [];
        foreach (var property in entry.Properties())
        {
            var (token, value) = (property.Name, property.Value);
            var id = value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number is >= 0 and < TokenizerFile.MaxIds
                ? number
                : entry[token].Int(TokenizerFile.MaxIds);
            if (!byId.TryAdd(id, token)) throw entry[token].Refuse($"an id of its own; '{byId[id]}' has it too");
            vocabulary.Add(token, id);
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

            int Id(string piece) => piece.Length > 0 && vocabulary.TryGetValue(piece, out var id)
                ? id
                : throw item.Refuse($"pieces and a result that are in the vocabulary; '{piece}' is not");
        }

        return merges;
    }
}
