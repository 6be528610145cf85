namespace AgentTeams.Models;

/// <summary>Llama (Touvron et al. 2023), by which the others are described.</summary>
internal static class LlamaFamily
{
    public static ModelFamily Descriptor { get; } = new()
    {
        Name = "llama",
        Architecture = "LlamaForCausalLM",
        Gguf = new("llama")
        {
            Features = [nameof(ModelConfig.QueryKeyValueBias), nameof(ModelConfig.OutputBias), nameof(ModelConfig.RopeScaling)], HasNeighbouringPairs = true, HasRotaryFactors = true,
        },
    };
}
