using System.Text.Json;

namespace AgentTeams;

/// <summary>A model as training left it: the Hugging Face folder, plus optimiser state and versions.</summary>
internal static class ModelCheckpoint
{
    private const string VersionsFile = "versions.json";

    public static void Save(string directory, CpuLanguageModel model, IEnumerable<(string Name, ParameterSet Parameters)> sets)
    {
        model.SavePretrained(directory);
        var versions = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var (name, parameters) in sets)
        {
            versions[name] = parameters.Updates;
            if (parameters.Updates > 0) SafeTensorsWriter.Write(MomentsOf(directory, name), parameters.ExportMoments());
        }

        File.WriteAllText(Path.Combine(directory, VersionsFile), JsonSerializer.Serialize(versions));
    }

    public static void Load(string directory, CpuLanguageModel model, IEnumerable<(string Name, ParameterSet Parameters)> sets)
    {
        Dictionary<string, long>? versions;
        try
        {
            versions = JsonSerializer.Deserialize<Dictionary<string, long>>(File.ReadAllBytes(Path.Combine(directory, VersionsFile)));
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            throw new ModelFormatException($"'{directory}' holds no readable '{VersionsFile}': {e.Message}", e);
        }

        var config = ModelConfig.Load(Path.Combine(directory, "config.json")) with { ChatTemplate = model.Config.ChatTemplate };
        if (ModelConfigFile.ToJson(config) != ModelConfigFile.ToJson(model.Config)) throw new ModelFormatException($"'{directory}' holds a model of another shape than '{model.Id}': {ModelConfigFile.ToJson(config)} instead of {ModelConfigFile.ToJson(model.Config)}.");
        foreach (var (name, parameters) in sets)
        {
            long updates = 0;
            if (versions?.TryGetValue(name, out updates) != true)
                throw new ModelFormatException($"'{directory}' holds no state of '{name}'. It belongs to a model with other adapters.");
            using var folder = name == "base"
                ? CheckpointFolder.Open(directory)
                : CheckpointFolder.Open(Path.Combine(directory, "adapters", name["adapter-".Length..]), AdapterFiles.WeightsFile);
            // Once trained, weights are float32.
            if (updates > 0) parameters.Widen();
            parameters.Import(folder);
            parameters.ResetMoments();
            if (updates == 0) continue;
            using var moments = SafeTensorsFile.Open(MomentsOf(directory, name));
            parameters.ImportMoments(moments, updates);
        }
    }

    private static string MomentsOf(string directory, string name) => Path.Combine(directory, $"optimizer-{name}.safetensors");
}
