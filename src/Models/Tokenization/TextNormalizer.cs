using System.Text;

namespace AgentTeams.Models;

/// <summary>What is done to text before it is cut: one step after the other.</summary>
internal sealed class TextNormalizer
{
    private readonly List<Func<string, string>> _steps = [];

    private TextNormalizer()
    {
    }

    /// <summary>Whether it brings text into Unicode's form NFC and does nothing else.</summary>
    public bool IsComposition { get; private init; }

    /// <summary>Whether text changes at all.</summary>
    public bool IsActive => _steps.Count > 0;

    /// <exception cref="ModelFormatException">A step is not supported; it is named.</exception>
    public static TextNormalizer Read(FileEntry entry)
    {
        var stages = entry.Flat("normalizers");
        var normalizer = new TextNormalizer { IsComposition = stages.Count > 0 && stages.TrueForAll(s => s["type"].String() == "NFC") };
        foreach (var stage in stages) normalizer._steps.Add(ReadStep(stage));
        return normalizer;
    }

    public string Normalize(ReadOnlySpan<char> text)
    {
        var result = text.ToString();
        foreach (var step in _steps) result = step(result);
        return result;
    }

    private static Func<string, string> ReadStep(FileEntry stage)
    {
        switch (stage["type"].String())
        {
            case "NFC":
                stage.Only("type");
                return text => Nfc.Normalize(text);
            case "Prepend":
                stage.Only("type", "prepend");
                var prefix = stage["prepend"].String();
                return text => text.Length == 0 ? text : prefix + text;
            case "Replace":
                return ReadReplace(stage);
            case "Strip":
                stage.Only("type", "strip_left", "strip_right");
                var (left, right) = (stage["strip_left"].Bool(absent: false), stage["strip_right"].Bool(absent: false));
                return text => (left, right) switch
                {
                    (true, true) => text.Trim(),
                    (true, false) => text.TrimStart(),
                    (false, true) => text.TrimEnd(),
                    _ => text,
                };
            case "Lowercase":
                stage.Only("type");
                return Lower;
            case "Precompiled":
                stage.Only("type", "precompiled_charsmap");
                try
                {
                    return CharacterMap.Parse(stage["precompiled_charsmap"].String()).Normalize;
                }
                catch (FormatException e)
                {
                    throw stage["precompiled_charsmap"].Refuse($"a map of SentencePiece in base 64 ({e.Message})");
                }

            default:
                throw stage["type"].Refuse("\"NFC\", \"Prepend\", \"Replace\", \"Strip\", \"Lowercase\", \"Precompiled\" or a \"Sequence\" of them");
        }
    }

    private static Func<string, string> ReadReplace(FileEntry stage)
    {
        stage.Only("type", "pattern", "content");
        var content = stage["content"].String();
        if (stage["pattern"]["Regex"].IsNull)
        {
            stage["pattern"].Only("String");
            var from = stage["pattern"]["String"].String();
            return from.Length > 0 ? text => text.Replace(from, content, StringComparison.Ordinal) : throw stage["pattern"].Refuse("some text");
        }

        var pattern = TokenizerStages.ReadPattern(stage["pattern"]);
        if (pattern.Regex.IsMatch("")) throw stage["pattern"].Refuse("an expression that does not match nothing");
        var matches = new WordSplitter([new WordSplit(pattern, SplitBehavior.MatchesOnly)]);
        return text =>
        {
            var result = new StringBuilder();
            var done = 0;
            foreach (var (start, end) in matches.Split(text))
            {
                result.Append(text, done, start - done).Append(content);
                done = end;
            }

            return result.Append(text, done, text.Length - done).ToString();
        };
    }

    // Character by character, as the published library does it; only the dotted capital I becomes two.
    private static string Lower(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) result.Append(rune.Value == 0x130 ? "i\u0307" : Rune.ToLowerInvariant(rune).ToString());
        return result.ToString();
    }
}
