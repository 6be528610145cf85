namespace AgentTeams.Models;

/// <summary>Qwen3 (Yang et al. 2025).</summary>
internal static class Qwen3Family
{
    public static ModelFamily Descriptor { get; } = new()
    {
        Name = "qwen3",
        Architecture = "Qwen3ForCausalLM",
        HasQueryKeyNorm = true,
        Gguf = new("qwen3") { Features = [ModelFeature.QueryKeyNorm, ModelFeature.RopeScaling] },
    };
}
