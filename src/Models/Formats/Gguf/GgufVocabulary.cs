namespace AgentTeams.Models;

/// <summary>A byte-level BPE tokenizer as settings of a GGUF file.</summary>
internal static class GgufVocabulary
{
    private const int Normal = 1, Control = 3, UserDefined = 4, Unused = 5;

    /// <summary>Pre-tokenisers that llama.cpp knows by name: their cuts, and whether a word of the vocabulary is never merged from parts.</summary>
    private static readonly (string Name, string[] Cuts, bool IgnoresMerges)[] s_known =
    [
        ("llama-bpe", [Llama3Words], true),
        ("dbrx", [Llama3Words], false),
        ("qwen2", [Tokenizer.DefaultPattern], false),
        ("gpt-2", [TokenizerStages.Gpt2Words], false),
        ("smollm", [@"\p{N}", TokenizerStages.Gpt2Words], false),
    ];

    private const string Llama3Words = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>The settings, save for the special tokens.</summary>
    /// <param name="definition">The tokenizer.</param>
    /// <param name="count">Entries of the model's vocabulary; those beyond the tokenizer's are marked as unused.</param>
    /// <param name="allowUnnormalized">Whether its normalisation may be left out.</param>
    /// <exception cref="AgentTeamsException">llama.cpp would give other ids for some text.</exception>
    public static IEnumerable<KeyValuePair<string, object>> Settings(TokenizerDefinition definition, int count, bool allowUnnormalized)
    {
        RequireSameIds(definition, allowUnnormalized);
        var (tokens, types) = Tokens(definition, count);
        return
        [
            new("tokenizer.ggml.model", "gpt2"),
            new("tokenizer.ggml.pre", PreTokenizer(definition)),
            new("tokenizer.ggml.tokens", tokens),
            new("tokenizer.ggml.token_type", types),
            new("tokenizer.ggml.merges", definition.Merges.Select(m => $"{m.Left} {m.Right}").ToArray()),
        ];
    }

    private static string PreTokenizer(TokenizerDefinition definition)
    {
        var splits = definition.Stages.Splits;
        foreach (var (name, cuts, ignoresMerges) in s_known)
        {
            if (ignoresMerges == definition.IgnoreMerges && splits.All(s => s.Behavior == SplitBehavior.Isolated)
                && splits.Select(s => s.Pattern.Regex.ToString()).SequenceEqual(cuts.Select(c => WordPattern.Parse(c).Regex.ToString()))) return name;
        }

        throw new AgentTeamsException($"The tokenizer cuts text by '{string.Join("', '", splits.Select(s => s.Pattern.Regex))}'{(definition.IgnoreMerges ? " and never merges a word of the vocabulary from parts" : "")}; llama.cpp knows no pre-tokeniser that does the same. It knows those of {string.Join(", ", s_known.Select(k => k.Name))}; a tokenizer of LocalModelOptions.FromTexts without wholeWords is the one of qwen2.");
    }

    private static void RequireSameIds(TokenizerDefinition definition, bool allowUnnormalized)
    {
        if (!definition.Stages.IsByteLevel)
            throw new AgentTeamsException($"The tokenizer is {(definition.Scores is null ? "BPE over characters" : "a unigram model")}; only byte-level BPE is exported to GGUF. Serve the Hugging Face folder, which SavePretrained writes.");
        var (key, normalizer) = definition.Stages.Sources.FirstOrDefault(s => s.Key == "normalizer");
        if (definition.Stages.Normalizer.IsActive && !definition.Stages.Normalizer.IsComposition)
            throw new AgentTeamsException($"The tokenizer's {key} is {normalizer}, which llama.cpp does not apply. Serve the Hugging Face folder, which SavePretrained writes.");
        if (definition.Stages.Normalizer.IsActive && !allowUnnormalized)
            throw new AgentTeamsException($"The tokenizer's {key} is {normalizer}, which llama.cpp does not apply: text in another form would become other ids. Set GgufOptions.AllowUnnormalizedText to true, and give llama.cpp text in that form.");
        if (definition.Added.FirstOrDefault(a => a.StripLeft || a.StripRight || a.SingleWord) is { } token)
            throw new AgentTeamsException($"The added token '{token.Text}' swallows white space or stands only between words, which llama.cpp does not do. Remove lstrip, rstrip and single_word in tokenizer.json.");
        if (Overlapping(definition.Added) is var (first, second))
        {
            throw new AgentTeamsException($"The added tokens '{first}' and '{second}' may overlap in a text: llama.cpp then looks for the longer one, this library for the one that "
                + "begins first. Remove one of them from tokenizer.json, or serve the Hugging Face folder, which SavePretrained writes.");
        }

        if (definition.Merges.FirstOrDefault(m => (m.Left + m.Right).Contains(' ', StringComparison.Ordinal)) is { Left: not null } merge)
            throw new AgentTeamsException($"The merge of '{merge.Left}' and '{merge.Right}' holds a space, by which GGUF separates the two. Pieces of byte-level BPE hold none.");
    }

    // Of two that begin at one place both take the longer, so only a token that begins within a shorter or equal one matters.
    private static (string First, string Second)? Overlapping(IReadOnlyCollection<AddedToken> added)
    {
        foreach (var first in added.Select(a => a.Text))
        {
            var second = added.Select(a => a.Text).FirstOrDefault(t => t != first && t.Length >= first.Length
                && Enumerable.Range(1, first.Length - 1).Any(start => t.AsSpan().StartsWith(first.AsSpan(start), StringComparison.Ordinal)));
            if (second is not null) return (first, second);
        }

        return null;
    }

    private static (string[] Tokens, int[] Types) Tokens(TokenizerDefinition definition, int count)
    {
        var (tokens, types) = (new string[count], new int[count]);
        Array.Fill(types, Unused);
        foreach (var (piece, id) in definition.Vocabulary) (tokens[id], types[id]) = (piece, Normal);
        foreach (var added in definition.Added) (tokens[added.Id], types[added.Id]) = (added.Text, added.Special ? Control : UserDefined);
        var taken = definition.Vocabulary.Keys.Concat(definition.Added.Select(a => a.Text)).ToHashSet(StringComparer.Ordinal);
        for (var id = 0; id < count; id++)
        {
            if (types[id] != Unused) continue;
            // Any text that is no token of its own will do, as nothing looks for it.
            var text = $"[UNUSED{id}]";
            while (!taken.Add(text)) text += "_";
            tokens[id] = text;
        }

        return (tokens, types);
    }
}
