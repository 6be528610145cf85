namespace AgentTeams.Models;

/// <summary>What a tokenizer does around its model.</summary>
internal sealed record TokenizerStages
{
    private const int MaxSplits = 16;
    internal const string Gpt2Words = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
    private static readonly string[] s_keys = ["normalizer", "pre_tokenizer", "post_processor", "decoder"];

    /// <summary>What is done to text first.</summary>
    public required TextNormalizer Normalizer { get; init; }

    /// <summary>Whether pieces are bytes rather than characters.</summary>
    public required bool IsByteLevel { get; init; }

    /// <summary>How spaces are written before text is cut, or null where they stay or the normaliser replaces them.</summary>
    public required Metaspace? Metaspace { get; init; }

    /// <summary>How text is cut into words, one cut after the other.</summary>
    public required IReadOnlyList<WordSplit> Splits { get; init; }

    /// <summary>How ids become text.</summary>
    public required TokenDecoder Decoder { get; init; }

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
        Metaspace? space = null;
        foreach (var stage in words.Flat("pretokenizers"))
        {
            if (byteLevel) throw stage.Refuse("nothing after 'ByteLevel'");
            byteLevel = stage["type"].String() == "ByteLevel";
            if (stage["type"].String() == "Metaspace")
            {
                if (space is not null || splits.Count > 0) throw stage.Refuse("one 'Metaspace', before all splits");
                space = Metaspace.Read(stage);
                if (space.Splits) splits.Add(new WordSplit(WordPattern.Literal(space.Replacement.ToString()), SplitBehavior.MergedWithNext));
            }
            else if (ReadSplit(stage) is { } split)
            {
                splits.Add(split);
            }

            if (splits.Count > MaxSplits) throw words.Refuse($"at most {MaxSplits} splits");
        }

        if (byteLevel && space is not null) throw words.Refuse("either 'ByteLevel' or 'Metaspace'");
        return new TokenizerStages
        {
            Normalizer = TextNormalizer.Read(root["normalizer"]),
            IsByteLevel = byteLevel,
            Metaspace = space,
            Splits = splits,
            Decoder = TokenDecoder.Read(root["decoder"], byteLevel),
            BeginId = ReadPostProcessor(root["post_processor"]),
            Sources = [.. s_keys.Where(k => !root[k].IsNull).Select(k => (k, root[k].Json))],
        };
    }

    private static WordSplit? ReadSplit(FileEntry stage)
    {
        switch (stage["type"].String())
        {
            case "Split":
                stage.Only("type", "pattern", "behavior", "invert");
                var (behavior, invert) = (stage["behavior"].String(), stage["invert"].Bool(absent: false));
                return new WordSplit(ReadPattern(stage["pattern"]), (behavior, invert) switch
                {
                    ("Isolated", _) => SplitBehavior.Isolated,
                    // Removing all but the matches is the one removal that published files use; any other would lose text.
                    ("Removed", true) => SplitBehavior.MatchesOnly,
                    ("MergedWithPrevious", false) => SplitBehavior.MergedWithPrevious,
                    ("MergedWithNext", false) => SplitBehavior.MergedWithNext,
                    _ => throw stage["behavior"]
                        .Refuse("\"Isolated\", \"MergedWithPrevious\" or \"MergedWithNext\", the latter two without 'invert', or \"Removed\" with it"),
                });
            case "Digits":
                stage.Only("type", "individual_digits");
                return new WordSplit(WordPattern.Parse(stage["individual_digits"].Bool(absent: false) ? @"\p{N}" : @"\p{N}+"), SplitBehavior.Isolated);
            case "ByteLevel":
                ReadByteLevel(stage);
                if (stage["add_prefix_space"].Bool(absent: true)) throw stage["add_prefix_space"].Refuse("false");
                return stage["use_regex"].Bool(absent: true) ? new WordSplit(WordPattern.Parse(Gpt2Words), SplitBehavior.Isolated) : null;
            default:
                throw stage["type"].Refuse("\"Split\", \"Digits\", \"ByteLevel\", \"Metaspace\" or a \"Sequence\" of them");
        }
    }

    internal static void ReadByteLevel(FileEntry stage)
    {
        if (stage["type"].String() != "ByteLevel") throw stage["type"].Refuse("\"ByteLevel\"");
        stage.Only("type", "add_prefix_space", "trim_offsets", "use_regex");
        foreach (var flag in (string[])["add_prefix_space", "trim_offsets", "use_regex"]) stage[flag].Bool(absent: false);
    }

    internal static WordPattern ReadPattern(FileEntry pattern)
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
        foreach (var stage in entry.Flat("processors"))
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
