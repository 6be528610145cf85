namespace AgentTeams.Samples.LocalChat;

/// <summary>What the command line says.</summary>
internal sealed record ChatSettings
{
    /// <summary>The model's folder, or null for a random model.</summary>
    public string? Folder { get; init; }

    /// <summary>The folder of an adapter in PEFT layout, or null for none.</summary>
    public string? Adapter { get; init; }

    public float Temperature { get; init; } = 0.7f;

    public float TopP { get; init; } = 0.95f;

    /// <summary>How many ids are kept, or null for all.</summary>
    public int? TopK { get; init; }

    public float MinP { get; init; }

    public int MaxTokens { get; init; } = 512;

    public long Seed { get; init; } = 1;

    /// <summary>The system message, or null for the template's own.</summary>
    public string? System { get; init; }

    /// <summary>Whether models that can think do.</summary>
    public bool Think { get; init; } = true;

    /// <summary>Whether one fixed question takes the place of the input.</summary>
    public bool Smoke { get; init; }
}
