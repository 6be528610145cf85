namespace AgentTeams.Models;

/// <summary>How a family is named and laid out in GGUF files; what llama.cpp computes under that name.</summary>
/// <param name="Name">The value of <c>general.architecture</c>, which leads the names of the family's settings.</param>
internal sealed record GgufArchitecture(string Name)
{
    /// <summary>The deviations from a plain Llama that llama.cpp computes for it, of <see cref="ModelConfig.Features"/>.</summary>
    public IReadOnlyList<ModelFeature> Features { get; init; } = [];

    /// <summary>
    /// Whether rotary pairs are neighbours within a head, rather than half a head apart as in Hugging Face folders, so that the rows of queries and keys
    /// change places.
    /// </summary>
    public bool HasNeighbouringPairs { get; init; }

    /// <summary>Whether a factor of its own may slow each rotary frequency.</summary>
    public bool HasRotaryFactors { get; init; }

    /// <summary>Whether llama.cpp takes it for granted that the heads together are as wide as the residual stream.</summary>
    public bool HasFixedHeadSize { get; init; }

    /// <summary>The GGUF layout of a model.</summary>
    /// <exception cref="AgentTeamsException">llama.cpp computes the family or one of its settings differently, or not at all.</exception>
    public static GgufArchitecture Of(ModelConfig config, string model)
    {
        if (config.Family.Gguf is not { } architecture)
            throw new AgentTeamsException($"The model '{model}' is of the family '{config.Family}', for which no GGUF layout is known. Export a model of {string.Join(", ", ModelFamily.All.Where(f => f.Gguf is not null))}, or serve its Hugging Face folder, which SavePretrained writes.");
        if (config.Features.Except(architecture.Features).ToList() is [var other, ..])
            throw new AgentTeamsException($"The model '{model}' has {other}, which llama.cpp does not compute for '{architecture.Name}'. Serve its Hugging Face folder, which SavePretrained writes.");
        if (config.RopeScaling?.Bands is not null && !architecture.HasRotaryFactors)
            throw new AgentTeamsException($"The model '{model}' has rope_type 'llama3', which llama.cpp does not compute for '{architecture.Name}'. Serve its Hugging Face folder, which SavePretrained writes.");
        if (architecture.HasFixedHeadSize && config.Heads * config.HeadSize != config.HiddenSize)
            throw new AgentTeamsException($"The model '{model}' has {config.Heads} heads of {config.HeadSize} values and a hidden size of {config.HiddenSize}; llama.cpp loads '{architecture.Name}' only where the former make up the latter. Serve its Hugging Face folder, which SavePretrained writes.");
        return architecture;
    }
}
