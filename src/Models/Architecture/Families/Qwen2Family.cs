namespace AgentTeams.Models;

/// <summary>Qwen2 (Yang et al. 2024).</summary>
internal static class Qwen2Family
{
    public static ModelFamily Descriptor { get; } = new()
    {
        Name = "qwen2",
        Architecture = "Qwen2ForCausalLM",
        HasQueryKeyValueBias = true,
        Gguf = new("qwen2") { Features = [ModelFeature.QueryKeyValueBias, ModelFeature.RopeScaling], HasFixedHeadSize = true },
    };
}
