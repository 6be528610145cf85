namespace AgentTeams.Models;

/// <summary>Mistral 7B (Jiang et al. 2023): each position sees the last <c>sliding_window</c> positions, itself included, where there is a window.</summary>
internal static class MistralFamily
{
    public static ModelFamily Descriptor { get; } = new()
    {
        Name = "mistral",
        Architecture = "MistralForCausalLM",
        Read = (reader, config) => config with { SlidingWindow = reader.OptionalInteger("sliding_window") },
        Write = (config, json) => json["sliding_window"] = config.SlidingWindow,
    };
}
