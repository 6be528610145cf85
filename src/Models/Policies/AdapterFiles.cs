using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentTeams;

/// <summary>Adapters in PEFT layout: <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>.</summary>
internal static class AdapterFiles
{
    private const string ConfigFile = "adapter_config.json";
    public const string WeightsFile = "adapter_model.safetensors";

    public static void Save(LoraOptions options, IReadOnlyCollection<SafeTensorSource> tensors, string directory)
    {
        Directory.CreateDirectory(directory);
        var config = new JsonObject
        {
            ["peft_type"] = "LORA",
            ["task_type"] = "CAUSAL_LM",
            ["r"] = options.Rank,
            ["lora_alpha"] = options.Alpha,
            ["target_modules"] = new JsonArray([.. options.TargetModules.Select(t => (JsonNode)t)]),
            ["lora_dropout"] = 0.0,
            ["bias"] = "none",
            ["fan_in_fan_out"] = false,
        };
        File.WriteAllText(Path.Combine(directory, ConfigFile), config.ToJsonString());
        SafeTensorsWriter.Write(Path.Combine(directory, WeightsFile), tensors);
    }

    /// <summary>The shape of an adapter; its weights are to be read from <see cref="WeightsFile"/>.</summary>
    /// <exception cref="ModelFormatException">The folder holds no LoRA configuration.</exception>
    public static LoraOptions LoadOptions(string name, string directory)
    {
        var path = Path.Combine(directory, ConfigFile);
        LoraOptions options;
        try
        {
            var config = JsonNode.Parse(File.ReadAllBytes(path))!;
            options = new LoraOptions
            {
                Rank = config["r"]!.GetValue<int>(),
                Alpha = config["lora_alpha"]!.GetValue<double>(),
                TargetModules = [.. config["target_modules"]!.AsArray().Select(t => t!.GetValue<string>())],
            };
        }
        catch (Exception e) when (e is JsonException or IOException or NullReferenceException or InvalidOperationException)
        {
            throw new ModelFormatException($"'{path}' is no LoRA configuration: {e.Message}", e);
        }

        options.Validate(name);
        return options;
    }
}
