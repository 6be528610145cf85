namespace AgentTeams.Models;

/// <summary>What a tokenizer does around the merging.</summary>
internal sealed record TokenizerStages
{
    private const int MaxSplits = 16;
    private const string Gpt2Words = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
    private static readonly string[] s_keys = ["normalizer", "pre_tokenizer", "post_processor", "decoder"];

    /// <summary>Whether text is brought into normalisation form C.</summary>
    public required bool Normalizes { get; init; }

    /// <summary>How text is cut into words, one cut after the other.</summary>
    public required IReadOnlyList<WordSplit> Splits { get; init; }

    /// <summary>The added token that a complete sequence begins with, or null.</summary>
    public required int? BeginId { get; init; }

    /// <summary>The stages as they stand in the file, so that saving changes nothing.</summary>
    public required IReadOnlyList<(string Key, string Json)> Sources { get; init; }

    /// <exception cref="ModelFormatException">A stage does something that is not supported; it is named.</exception>
    public static TokenizerStages Read(FileEntry root)
    {
        var splits = new List<WordSplit>();
        var words = root["pre_tokenizer"];
        var byteLevel = false;
        foreach (var stage in Flat(words, "pretokenizers"))
        {
            if (byteLevel) throw stage.Refuse("nothing after 'ByteLevel'");
            byteLevel = stage["type"].String() == "ByteLevel";
            if (ReadSplit(stage) is { } split) splits.Add(split);
            if (splits.Count > MaxSplits) throw words.Refuse($"at most {MaxSplits} splits");
        }

        if (!byteLevel) throw words.Refuse("a 'ByteLevel' stage at the end");
        return new TokenizerStages
        {
            Normalizes = ReadNormalizer(root["normalizer"]),
            Splits = splits,
            BeginId = ReadPostProcessor(root["post_processor"]),
            Sources = [.. s_keys.Where(k => !root[k].IsNull).Select(k => (k, root[k].Json))],
        };
    }

    /// <summary>Refuses a decoder that is not the plain byte-level one.</summary>
    public static void CheckDecoder(FileEntry decoder)
    {
        var stages = Flat(decoder, "decoders");
        foreach (var stage in stages) ReadByteLevel(stage);
        if (stages.Count != 1) throw decoder.Refuse("one 'ByteLevel' decoder");
    }

    /// <summary>The stages of a nested sequence in order; none for null.</summary>
    private static List<FileEntry> Flat(FileEntry entry, string items)
    {
        if (entry.IsNull) return [];
        if (entry["type"].String() != "Sequence") return [entry];
        entry.Only("type", items);
        return [.. entry[items].Items().SelectMany(i => Flat(i, items))];
    }

    private static bool ReadNormalizer(FileEntry entry)
    {
        var stages = Flat(entry, "normalizers");
        foreach (var stage in stages)
        {
            stage.Only("type");
            if (stage["type"].String() != "NFC") throw stage["type"].Refuse("\"NFC\"");
        }

        return stages.Count > 0;
    }

    private static WordSplit? ReadSplit(FileEntry stage)
    {
        switch (stage["type"].String())
        {
            case "Split":
                stage.Only("type", "pattern", "behavior", "invert");
                var (behavior, invert) = (stage["behavior"].String(), stage["invert"].Bool(absent: false));
                // Removing all but the matches is the one removal that published files use; any other would lose text.
                if (behavior is not "Isolated" && !(behavior == "Removed" && invert)) throw stage["behavior"].Refuse("\"Isolated\", or \"Removed\" with 'invert'");
                return new WordSplit(ReadPattern(stage["pattern"]), MatchesOnly: behavior == "Removed");
            case "Digits":
                stage.Only("type", "individual_digits");
                return new WordSplit(WordPattern.Parse(stage["individual_digits"].Bool(absent: false) ? @"\p{N}" : @"\p{N}+"), MatchesOnly: false);
            case "ByteLevel":
                ReadByteLevel(stage);
                if (stage["add_prefix_space"].Bool(absent: true)) throw stage["add_prefix_space"].Refuse("false");
                return stage["use_regex"].Bool(absent: true) ? new WordSplit(WordPattern.Parse(Gpt2Words), MatchesOnly: false) : null;
            default:
                throw stage["type"].Refuse("\"Split\", \"Digits\", \"ByteLevel\" or a \"Sequence\" of them");
        }
    }

    private static void ReadByteLevel(FileEntry stage)
    {
        if (stage["type"].String() != "ByteLevel") throw stage["type"].Refuse("\"ByteLevel\"");
        stage.Only("type", "add_prefix_space", "trim_offsets", "use_regex");
        foreach (var flag in (string[])["add_prefix_space", "trim_offsets", "use_regex"]) stage[flag].Bool(absent: false);
    }

    private static WordPattern ReadPattern(FileEntry pattern)
    {
        pattern.Only("Regex", "String");
        var literal = pattern["Regex"].IsNull;
        var entry = pattern[literal ? "String" : "Regex"];
        if (!literal && !pattern["String"].IsNull) throw pattern.Refuse("either 'Regex' or 'String'");
        try
        {
            return literal ? WordPattern.Literal(entry.String()) : WordPattern.Parse(entry.String());
        }
        catch (FormatException e)
        {
            throw entry.Refuse($"an expression that is supported here ({e.Message})");
        }
    }

    private static int? ReadPostProcessor(FileEntry entry)
    {
        int? begin = null;
        foreach (var stage in Flat(entry, "processors"))
        {
            if (stage["type"].String() != "TemplateProcessing")
            {
                ReadByteLevel(stage);
                continue;
            }

            if (begin is not null) throw stage.Refuse("one 'TemplateProcessing' at most");
            // 'pair' describes how two texts are joined, which nothing here does.
            stage.Only("type", "single", "pair", "special_tokens");
            begin = ReadTemplate(stage);
        }

        return begin;
    }

    private static int? ReadTemplate(FileEntry stage)
    {
        var parts = stage["single"].Items();
        if (parts.Count is 0 or > 2 || parts[^1]["Sequence"].IsNull || (parts.Count == 2 && parts[0]["SpecialToken"].IsNull))
            throw stage["single"].Refuse("the sequence, with at most one token before it");
        if (parts.Count == 1) return null;
        var ids = stage["special_tokens"][parts[0]["SpecialToken"]["id"].String()]["ids"];
        return ids.Items() is [var id] ? id.Int(TokenizerFile.MaxIds) : throw ids.Refuse("one id");
    }
}
