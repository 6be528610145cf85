namespace AgentTeams.Models;

/// <summary>Phi-3 (Abdin et al. 2024). Its long-context variants rescale positions by the length of the prompt (LongRoPE), which is refused.</summary>
internal static class Phi3Family
{
    public static ModelFamily Descriptor { get; } = new()
    {
        Name = "phi3",
        Architecture = "Phi3ForCausalLM",
        HasFusedProjections = true,
        Supported = new Dictionary<string, string[]>
        {
            ["partial_rotary_factor"] = [], ["resid_pdrop"] = ["0", "0.0"], ["embd_pdrop"] = ["0", "0.0"],
        },
        Settings = ["partial_rotary_factor", "original_max_position_embeddings"],
        Read = (reader, config) => config with
        {
            SlidingWindow = reader.OptionalInteger("sliding_window"),
            PartialRotaryFactor = reader.Number("partial_rotary_factor", 1),
        },
        Write = (config, json) =>
        {
            json["sliding_window"] = config.SlidingWindow;
            json["partial_rotary_factor"] = config.PartialRotaryFactor;
        },
    };
}
