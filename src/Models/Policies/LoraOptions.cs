namespace AgentTeams;

/// <summary>The shape of a low-rank adapter (Hu et al. 2022), as in a PEFT <c>adapter_config.json</c>.</summary>
public sealed record LoraOptions
{
    /// <summary>The names that <see cref="TargetModules"/> may hold.</summary>
    public static IReadOnlyList<string> AllModules { get; } = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];

    /// <summary>Rank of the update; 8 unless set.</summary>
    public int Rank { get; init; } = 8;

    /// <summary>The update is scaled by alpha / rank; 16 unless set.</summary>
    public double Alpha { get; init; } = 16;

    /// <summary>The linear layers that are adapted; all unless set.</summary>
    public IReadOnlyList<string> TargetModules { get; init; } = AllModules;

    internal void Validate(string adapter)
    {
        if (Rank < 1) throw new AgentTeamsException($"The adapter '{adapter}' has the rank {Rank}. Give at least 1.");
        if (TargetModules.FirstOrDefault(t => !AllModules.Contains(t)) is { } unknown)
            throw new AgentTeamsException($"The adapter '{adapter}' targets '{unknown}'. Targets are: {string.Join(", ", AllModules)}.");
    }
}
