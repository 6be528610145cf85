using System.Text;

namespace AgentTeams.Models;

/// <summary>How pieces become bytes of text again.</summary>
internal sealed record TokenDecoder
{
    private static readonly string[] s_order = ["Replace", "ByteFallback", "Metaspace", "Fuse", "Strip"];

    /// <summary>Whether pieces are read in the byte alphabet; nothing else applies then.</summary>
    public required bool IsByteLevel { get; init; }

    /// <summary>What is replaced in every piece.</summary>
    public IReadOnlyList<(string From, string To)> Replacements { get; init; } = [];

    /// <summary>Whether pieces such as <c>&lt;0x0A&gt;</c> are bytes.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>What writes spaces as a character, or null.</summary>
    public Metaspace? Metaspace { get; init; }

    /// <summary>How many spaces are taken from the beginning of a whole text.</summary>
    public int StripLeft { get; init; }

    /// <exception cref="ModelFormatException">The decoder does something that is not supported; it is named.</exception>
    public static TokenDecoder Read(FileEntry entry, bool byteLevel)
    {
        var stages = entry.Flat("decoders");
        if (byteLevel)
        {
            foreach (var stage in stages) TokenizerStages.ReadByteLevel(stage);
            return stages.Count == 1 ? new TokenDecoder { IsByteLevel = true } : throw entry.Refuse("one 'ByteLevel' decoder");
        }

        if (stages.Count == 0) throw entry.Refuse("a 'Metaspace' decoder, or a 'Sequence' of 'Replace', 'ByteFallback', 'Fuse' and 'Strip'");
        var decoder = new TokenDecoder { IsByteLevel = false };
        var (last, fused) = (0, false);
        foreach (var stage in stages)
        {
            var type = stage["type"].String();
            var place = Array.IndexOf(s_order, type);
            if (type == "ByteLevel") throw stage["type"].Refuse("no 'ByteLevel' without one at the end of 'pre_tokenizer'");
            // In another order some stages would do something else.
            if (place < last || (place == last && place > 0))
                throw stage["type"].Refuse($"each of {string.Join(", ", s_order)} in this order, all but the first at most once");
            if (type == "Strip" && !fused) throw stage["type"].Refuse("'Fuse' before 'Strip'");
            decoder = type switch
            {
                "Replace" => decoder with { Replacements = [.. decoder.Replacements, ReadReplacement(stage)] },
                "ByteFallback" => decoder with { ByteFallback = true },
                "Metaspace" => decoder with { Metaspace = Metaspace.Read(stage) },
                "Strip" => decoder with { StripLeft = ReadStrip(stage) },
                _ => decoder,
            };
            (last, fused) = (place, fused || type == "Fuse");
            if (type is "ByteFallback" or "Fuse") stage.Only("type");
        }

        return decoder;
    }

    /// <summary>Appends the bytes of a piece.</summary>
    /// <param name="piece">The piece.</param>
    /// <param name="isFirst">Whether the text begins with it; false for text that goes on after other text.</param>
    /// <param name="into">Where they go.</param>
    public void Append(string piece, bool isFirst, List<byte> into)
    {
        if (IsByteLevel && ByteAlphabet.TryDecode(piece, into)) return;
        foreach (var (from, to) in Replacements) piece = piece.Replace(from, to, StringComparison.Ordinal);
        if (ByteFallback && BytePieces.TryParse(piece, out var value))
        {
            into.Add(value);
            return;
        }

        if (Metaspace is { } space) piece = piece.Replace(space.Replacement.ToString(), isFirst && space.Prepends ? "" : " ", StringComparison.Ordinal);
        into.AddRange(Encoding.UTF8.GetBytes(piece));
    }

    private static (string From, string To) ReadReplacement(FileEntry stage)
    {
        stage.Only("type", "pattern", "content");
        stage["pattern"].Only("String");
        var from = stage["pattern"]["String"].String();
        return from.Length > 0 ? (from, stage["content"].String()) : throw stage["pattern"].Refuse("some text");
    }

    private static int ReadStrip(FileEntry stage)
    {
        stage.Only("type", "content", "start", "stop");
        if (stage["content"].String() != " ") throw stage["content"].Refuse("\" \"");
        if (stage["stop"].Int(TokenizerFile.MaxIds) != 0) throw stage["stop"].Refuse("0: what ends a text cannot be known while it is written");
        return stage["start"].Int(TokenizerFile.MaxIds);
    }
}
