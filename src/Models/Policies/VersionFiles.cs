using System.Globalization;

namespace AgentTeams.Models;

/// <summary>Kept versions in a folder: one below the policy's for each, named by its number. One that is the live weights is noted and not written again.</summary>
internal static class VersionFiles
{
    private const string LiveFile = "live";
    private const string BaseFolder = "base";
    private const string ConfigFile = "config.json";
    private const long MaxShardBytes = 5L << 30;

    /// <summary>Writes a version.</summary>
    /// <param name="directory">The folder of all versions.</param>
    /// <param name="weights">The version, which somebody holds.</param>
    /// <param name="isOnLiveBase">Whether the model's own weights below an adapter are the live ones.</param>
    /// <param name="engine">Computes them.</param>
    public static void Save(string directory, SampledWeights weights, bool isOnLiveBase, ILocalEngine engine)
    {
        var folder = Path.Combine(FolderOf(directory, weights.Policy), weights.Version.ToString(CultureInfo.InvariantCulture));
        Directory.CreateDirectory(folder);
        if (weights.IsCurrent)
        {
            File.WriteAllText(Path.Combine(folder, LiveFile), "");
            return;
        }

        if (weights.Adapter is { } adapter) AdapterFiles.Save(adapter.Options, adapter.Parameters.Export(), folder);
        if (isOnLiveBase && weights.Adapter is not null) return;
        var below = Path.Combine(folder, BaseFolder);
        Directory.CreateDirectory(below);
        File.WriteAllText(Path.Combine(below, ConfigFile), ModelConfigFile.ToJson(engine.Config with { ChatTemplate = null }, engine.StoredType));
        CheckpointFolder.Write(below, weights.Below!.Parameters.Export(), MaxShardBytes);
    }

    /// <summary>The versions of a policy that a folder holds.</summary>
    public static IEnumerable<StoredVersion> Of(string directory, PolicyId policy)
    {
        var folder = FolderOf(directory, policy);
        if (!Directory.Exists(folder)) return [];
        return Directory.EnumerateDirectories(folder)
            .Select(f => new StoredVersion(long.Parse(Path.GetFileName(f), CultureInfo.InvariantCulture), f, File.Exists(Path.Combine(f, LiveFile)),
                Path.Combine(f, BaseFolder) is var below && Directory.Exists(below) ? below : null))
            .OrderBy(v => v.Version);
    }

    private static string FolderOf(string directory, PolicyId policy) => policy.Adapter is null ? Path.Combine(directory, "own") : PolicyFolder.Of(directory, policy);
}

/// <summary>A version as a folder holds it.</summary>
/// <param name="Version">Its number.</param>
/// <param name="Folder">Its folder, in PEFT layout for an adapter.</param>
/// <param name="IsLive">Whether it was the live weights.</param>
/// <param name="Below">The folder of the model's own weights; null where these were the live ones.</param>
internal sealed record StoredVersion(long Version, string Folder, bool IsLive, string? Below);
