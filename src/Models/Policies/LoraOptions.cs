namespace AgentTeams.Models;

/// <summary>The shape of a low-rank adapter (Hu et al. 2022), as in a PEFT <c>adapter_config.json</c>.</summary>
public sealed record LoraOptions
{
    /// <summary>The names that <see cref="TargetModules"/> may hold.</summary>
    public static IReadOnlyList<string> AllModules { get; } = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];

    /// <summary>Rank of the update, which is the product of a matrix of this many columns and one of this many rows.</summary>
    /// <value>Positive; 8 by default.</value>
    public int Rank { get; init; } = 8;

    /// <summary>The numerator of the factor on the update, alpha / rank.</summary>
    /// <value>16 by default.</value>
    public double Alpha { get; init; } = 16;

    /// <summary>Whether the factor on the update is alpha / √rank in place of alpha / rank (Kalajdzievski 2023, equation 7).</summary>
    /// <value>False by default.</value>
    public bool RankStabilized { get; init; }

    /// <summary>The linear layers that are adapted, in every transformer layer.</summary>
    /// <value>Names from <see cref="AllModules"/>; all of them by default.</value>
    public IReadOnlyList<string> TargetModules { get; init; } = AllModules;

    /// <summary>
    /// Ranks of layers that differ from <see cref="Rank"/>: a whole name such as <c>model.layers.0.self_attn.q_proj</c> or an end of it such as
    /// <c>q_proj</c>, and the rank. A dot stands for any character, as in PEFT. Of several that match, the first counts.
    /// </summary>
    public IReadOnlyList<KeyValuePair<string, int>> RankPattern { get; init; } = [];

    /// <summary>Alphas of layers that differ from <see cref="Alpha"/>, named as in <see cref="RankPattern"/>.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> AlphaPattern { get; init; } = [];

    /// <summary>The largest rank of any layer.</summary>
    internal int MaxRank => RankPattern.Select(p => p.Value).Append(Rank).Max();

    internal int RankOf(int layer, ProjectionKind kind) => Match(RankPattern, layer, kind, Rank);

    /// <summary>By what the update of a layer is scaled.</summary>
    internal double ScaleOf(int layer, ProjectionKind kind)
    {
        var (rank, alpha) = (RankOf(layer, kind), Match(AlphaPattern, layer, kind, Alpha));
        return RankStabilized ? alpha / Math.Sqrt(rank) : alpha / rank;
    }

    internal void Validate(string adapter)
    {
        foreach (var rank in RankPattern.Select(p => p.Value).Prepend(Rank))
        {
            if (rank < 1) throw new AgentTeamsException($"The adapter '{adapter}' has the rank {rank}. Give at least 1.");
        }

        foreach (var alpha in AlphaPattern.Select(p => p.Value).Prepend(Alpha))
        {
            if (!double.IsFinite(alpha)) throw new AgentTeamsException($"The adapter '{adapter}' has the alpha {alpha}. Give a finite number.");
        }

        if (TargetModules.FirstOrDefault(t => !AllModules.Contains(t)) is { } unknown)
            throw new AgentTeamsException($"The adapter '{adapter}' targets '{unknown}'. Targets are: {string.Join(", ", AllModules)}.");
        // PEFT takes these for regular expressions, of which names and dots are understood here.
        if (RankPattern.Select(p => p.Key).Concat(AlphaPattern.Select(p => p.Key)).FirstOrDefault(k => !IsName(k)) is { } pattern)
            throw new AgentTeamsException($"The adapter '{adapter}' has a pattern '{pattern}'. Give the name of a layer or an end of it, such as 'q_proj', "
                + "without signs of regular expressions.");
    }

    private static bool IsName(string key) => key.Length > 0 && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.');

    private static T Match<T>(IReadOnlyList<KeyValuePair<string, T>> patterns, int layer, ProjectionKind kind, T otherwise)
    {
        if (patterns.Count == 0) return otherwise;
        var name = ProjectionLayout.PathOf(layer, kind);
        foreach (var (key, value) in patterns)
        {
            if (IsEndOf(name, key)) return value;
        }

        return otherwise;
    }

    // PEFT's rule: a key matches a whole name or what follows one of its dots, and a dot of the key any character.
    private static bool IsEndOf(string name, string key)
    {
        var start = name.Length - key.Length;
        return start >= 0 && (start == 0 || name[start - 1] == '.') && !key.Where((c, i) => c != '.' && c != name[start + i]).Any();
    }
}
