using System.Collections.Immutable;

namespace AgentTeams.Runs;

/// <summary>Weights that a registry holds.</summary>
/// <param name="Name">What they are for.</param>
/// <param name="Number">Counts from 1.</param>
/// <param name="Path">Their folder.</param>
/// <param name="Lineage">Where they came from.</param>
public sealed record ModelVersion(string Name, int Number, string Path, ModelLineage Lineage)
{
    /// <summary>The folder of one model, which <c>CpuLanguageModel.LoadCheckpointAsync</c> reads where it holds all of the model.</summary>
    public string ModelPath(string modelId) => System.IO.Path.Combine(Path, "models", modelId);
}

/// <summary>Where weights came from.</summary>
public sealed record ModelLineage
{
    /// <summary>The folder of the run that trained them; null where there was none.</summary>
    public string? Run { get; init; }

    /// <summary>What they were trained from, for example the name of a published model.</summary>
    public string? Base { get; init; }

    /// <summary>What they were trained on.</summary>
    public string? Data { get; init; }

    /// <summary>The version that they improve; the one in use when they were added unless given.</summary>
    public int? Parent { get; init; }

    /// <summary>What was measured of them.</summary>
    public ImmutableSortedDictionary<string, double> Metrics { get; init; } = ImmutableSortedDictionary<string, double>.Empty;

    /// <summary>SHA-256 over the weights; set by the registry.</summary>
    public string? WeightsSha256 { get; init; }
}
