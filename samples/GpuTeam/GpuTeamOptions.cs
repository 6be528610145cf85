using AgentTeams.Models.Torch;

namespace AgentTeams.Samples.GpuTeam;

/// <summary>What the command line says.</summary>
internal sealed record GpuTeamOptions
{
    /// <summary>A Hugging Face folder; null for a small random model.</summary>
    public string? Model { get; init; }

    /// <summary>Training tasks as JSONL in the format of GSM8K; null for generated ones.</summary>
    public string? Data { get; init; }

    /// <summary>Held-out tasks in the same format; null for the last tenth of the training tasks.</summary>
    public string? Test { get; init; }

    public int Steps { get; init; } = 20;

    public int TasksPerStep { get; init; } = 8;

    public int GroupSize { get; init; } = 8;

    /// <summary>The most tokens of one reply.</summary>
    public int MaxTokens { get; init; } = 192;

    public int TestTasks { get; init; } = 100;

    public int Rank { get; init; } = 16;

    public double LearningRate { get; init; } = 5e-5;

    public int Seed { get; init; } = 1;

    /// <summary>Where the trained adapters go; null for nowhere.</summary>
    public string? Save { get; init; }

    public TorchModelOptions Torch { get; init; } = new() { GradientCheckpointing = true };
}
