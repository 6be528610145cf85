using System.Text.Json;

namespace AgentTeams.Models;

/// <summary>
/// A model as training left it: the Hugging Face folder, plus optimiser state and versions. Weights that the model was made or
/// loaded with are left out; their checksum stands for them.
/// </summary>
internal static class ModelCheckpoint
{
    private const string VersionsFile = "versions.json";
    private const string OptimizerStepsFile = "optimizer-steps.json";
    private const string UnchangedBaseFile = "base.sha256";

    /// <summary>Writes optimiser state and versions into the Hugging Face folder of a model.</summary>
    /// <param name="directory">The folder.</param>
    /// <param name="unchangedBase">The SHA-256 of the model's own weights if the folder does not hold them, or null.</param>
    /// <param name="sets">What can be trained.</param>
    public static void Save(string directory, string? unchangedBase, IReadOnlyList<TrainedSet> sets)
    {
        var versions = new SortedDictionary<string, long>(StringComparer.Ordinal);
        // Only where they are not the versions.
        var steps = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var set in sets)
        {
            versions[set.Name] = set.Parameters.Updates;
            if (set.Parameters.OptimizerSteps != set.Parameters.Updates) steps[set.Name] = set.Parameters.OptimizerSteps;
            if (set.Parameters.OptimizerSteps > 0) SafeTensorsWriter.Write(MomentsOf(directory, set.Name), set.Parameters.ExportMoments());
        }

        if (unchangedBase is not null) File.WriteAllText(Path.Combine(directory, UnchangedBaseFile), unchangedBase);
        if (steps.Count > 0) File.WriteAllText(Path.Combine(directory, OptimizerStepsFile), JsonSerializer.Serialize(steps));
        File.WriteAllText(Path.Combine(directory, VersionsFile), JsonSerializer.Serialize(versions));
    }

    /// <summary>Reads everything without keeping it.</summary>
    /// <param name="directory">The folder.</param>
    /// <param name="id">The model's id.</param>
    /// <param name="own">The model's shape.</param>
    /// <param name="unchangedBase">The SHA-256 of the model's own weights if they have not changed, or null.</param>
    /// <param name="sets">What the folder must hold.</param>
    /// <returns>How many updates each set has received, and from how many of them its moments come.</returns>
    /// <exception cref="ModelFormatException">The folder is damaged, or belongs to another model.</exception>
    public static IReadOnlyDictionary<string, (long Updates, long OptimizerSteps)> Check(string directory, string id, ModelConfig own, string? unchangedBase, IReadOnlyList<TrainedSet> sets)
    {
        var versions = ReadCounts(directory, VersionsFile);
        var steps = File.Exists(Path.Combine(directory, OptimizerStepsFile)) ? ReadCounts(directory, OptimizerStepsFile) : [];
        var config = ModelConfig.Load(Path.Combine(directory, "config.json")) with { ChatTemplate = own.ChatTemplate };
        if (ModelConfigFile.ToJson(config) != ModelConfigFile.ToJson(own))
        {
            throw new ModelFormatException($"'{directory}' holds a model of another shape than '{id}': {ModelConfigFile.ToJson(config)} instead of "
                + $"{ModelConfigFile.ToJson(own)}.");
        }

        if (versions.Keys.FirstOrDefault(v => sets.All(s => s.Name != v)) is { } stranger)
            throw new ModelFormatException($"'{directory}' holds the state of '{stranger}', which the model '{id}' does not have. It belongs to a model with "
                + "other adapters or value heads.");
        foreach (var set in sets)
        {
            if (!versions.TryGetValue(set.Name, out var updates))
                throw new ModelFormatException($"'{directory}' holds no state of '{set.Name}'. It belongs to a model with other adapters or value heads.");
            if (IsLeftOut(directory, set))
            {
                RequireBase(directory, id, unchangedBase);
                continue;
            }

            if (set.Adapter is { } adapter) AdapterFiles.RequireSame(set.Name, adapter, Path.Combine(directory, set.Folder));
            using var folder = CheckpointFolder.Open(Path.Combine(directory, set.Folder), set.File);
            set.Parameters.Check(folder);
            if (steps.GetValueOrDefault(set.Name, updates) == 0) continue;
            using var moments = SafeTensorsFile.Open(MomentsOf(directory, set.Name));
            set.Parameters.CheckMoments(moments);
        }

        return versions.ToDictionary(v => v.Key, v => (v.Value, steps.GetValueOrDefault(v.Key, v.Value)), StringComparer.Ordinal);
    }

    /// <summary>Restores a folder after checking all of it.</summary>
    /// <inheritdoc cref="Check"/>
    public static void Load(string directory, string id, ModelConfig own, string? unchangedBase, IReadOnlyList<TrainedSet> sets)
    {
        var versions = Check(directory, id, own, unchangedBase, sets);
        foreach (var set in sets.Where(s => !IsLeftOut(directory, s)))
        {
            var (updates, steps) = versions[set.Name];
            using var folder = CheckpointFolder.Open(Path.Combine(directory, set.Folder), set.File);
            set.Parameters.Import(folder, trained: updates > 0);
            if (updates == 0) continue;
            using var moments = steps == 0 ? null : SafeTensorsFile.Open(MomentsOf(directory, set.Name));
            set.Parameters.ImportUpdates(updates, steps, moments);
        }
    }

    /// <summary>Whether a checkpoint leaves the model's own weights to those that the model was made or loaded with, as these still must be.</summary>
    /// <exception cref="ModelFormatException">They are others now.</exception>
    public static bool LeavesBase(string directory, string id, string? unchangedBase)
    {
        if (CheckpointFolder.Exists(directory)) return false;
        RequireBase(directory, id, unchangedBase);
        return true;
    }

    private static void RequireBase(string directory, string id, string? unchangedBase)
    {
        if (!File.Exists(Path.Combine(directory, UnchangedBaseFile)))
            throw new ModelFormatException($"'{directory}' holds neither the weights of '{id}' nor '{UnchangedBaseFile}' in their place. Name a folder that "
                + "a model was saved in.");
        if (File.ReadAllText(Path.Combine(directory, UnchangedBaseFile)) != unchangedBase)
            throw new ModelFormatException($"'{directory}' leaves the weights of '{id}' as they were when it was made or loaded, but they are others now. "
                + "Make or load the model again, from the same folder or seed, before restoring.");
    }

    private static Dictionary<string, long> ReadCounts(string directory, string file)
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, long>>(File.ReadAllBytes(Path.Combine(directory, file)))
                ?? throw new JsonException("it is null");
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            throw new ModelFormatException($"'{directory}' holds no readable '{file}': {e.Message}", e);
        }
    }

    private static bool IsLeftOut(string directory, TrainedSet set) =>
        set is { Folder: "", File: CheckpointFolder.DefaultFile } && !CheckpointFolder.Exists(directory)
            && File.Exists(Path.Combine(directory, UnchangedBaseFile));

    private static string MomentsOf(string directory, string name) => Path.Combine(directory, $"optimizer-{name}.safetensors");
}
