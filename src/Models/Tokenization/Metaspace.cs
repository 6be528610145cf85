namespace AgentTeams.Models;

/// <summary>Spaces written as a visible character, and one more of it before text.</summary>
/// <param name="Replacement">What stands for a space, mostly U+2581.</param>
/// <param name="Prepends">Whether one is put before text that does not begin with it.</param>
/// <param name="OnlyFirst">Whether that happens only where the whole text begins, not after added tokens.</param>
/// <param name="Splits">Whether each one begins a word.</param>
internal sealed record Metaspace(char Replacement, bool Prepends, bool OnlyFirst, bool Splits)
{
    public static Metaspace Read(FileEntry stage)
    {
        stage.Only("type", "replacement", "prepend_scheme", "add_prefix_space", "split", "str_rep");
        var replacement = stage["replacement"].String();
        if (replacement.Length != 1 || char.IsSurrogate(replacement[0])) throw stage["replacement"].Refuse("one character up to U+FFFF");
        if (!stage["str_rep"].IsNull && stage["str_rep"].String() != replacement) throw stage["str_rep"].Refuse($"the replacement '{replacement}'");
        var prefix = stage["add_prefix_space"].Bool(absent: true);
        // Older files say it by 'add_prefix_space' alone.
        var scheme = stage["prepend_scheme"].IsNull ? (prefix ? "always" : "never") : stage["prepend_scheme"].String();
        if (scheme is not ("first" or "always" or "never") || (!prefix && scheme != "never"))
            throw stage["prepend_scheme"].Refuse("\"first\", \"always\" or \"never\", and \"never\" where 'add_prefix_space' is false");
        return new Metaspace(replacement[0], scheme != "never", scheme == "first", stage["split"].Bool(absent: true));
    }

    /// <summary>The text with its spaces replaced.</summary>
    /// <param name="text">Not empty.</param>
    /// <param name="isFirst">Whether it begins the whole text.</param>
    public string Apply(ReadOnlySpan<char> text, bool isFirst)
    {
        var replaced = text.ToString().Replace(' ', Replacement);
        return Prepends && (isFirst || !OnlyFirst) && replaced[0] != Replacement ? Replacement + replaced : replaced;
    }
}
