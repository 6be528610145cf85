using System.Text.Json;

namespace AgentTeams;

/// <summary>A model as training left it: the Hugging Face folder, plus optimiser state and versions.</summary>
internal static class ModelCheckpoint
{
    private const string VersionsFile = "versions.json";

    /// <summary>Writes optimiser state and versions into the Hugging Face folder of a model.</summary>
    public static void Save(string directory, IReadOnlyList<TrainedSet> sets)
    {
        var versions = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var (name, parameters, _, _, _) in sets)
        {
            versions[name] = parameters.Updates;
            if (parameters.Updates > 0) SafeTensorsWriter.Write(MomentsOf(directory, name), parameters.ExportMoments());
        }

        File.WriteAllText(Path.Combine(directory, VersionsFile), JsonSerializer.Serialize(versions));
    }

    /// <exception cref="ModelFormatException">The folder is damaged, or belongs to another model.</exception>
    public static void Load(string directory, string id, ModelConfig own, IReadOnlyList<TrainedSet> sets)
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

        var config = ModelConfig.Load(Path.Combine(directory, "config.json")) with { ChatTemplate = own.ChatTemplate };
        if (ModelConfigFile.ToJson(config) != ModelConfigFile.ToJson(own)) throw new ModelFormatException($"'{directory}' holds a model of another shape than '{id}': {ModelConfigFile.ToJson(config)} instead of {ModelConfigFile.ToJson(own)}.");
        foreach (var (name, parameters, part, file, adapter) in sets)
        {
            long updates = 0;
            if (versions?.TryGetValue(name, out updates) != true)
                throw new ModelFormatException($"'{directory}' holds no state of '{name}'. It belongs to a model with other adapters or value heads.");
            if (adapter is not null) AdapterFiles.RequireSame(name, adapter, Path.Combine(directory, part));
            using var folder = CheckpointFolder.Open(Path.Combine(directory, part), file);
            parameters.Import(folder, trained: updates > 0);
            if (updates == 0) continue;
            using var moments = SafeTensorsFile.Open(MomentsOf(directory, name));
            parameters.ImportMoments(moments, updates);
        }
    }

    private static string MomentsOf(string directory, string name) => Path.Combine(directory, $"optimizer-{name}.safetensors");
}
