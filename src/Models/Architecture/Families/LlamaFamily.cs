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
            Features = [ModelFeature.QueryKeyValueBias, ModelFeature.OutputBias, ModelFeature.RopeScaling], HasNeighbouringPairs = true, HasRotaryFactors = true,
        },
    };
}
