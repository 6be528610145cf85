using System.Globalization;
using System.Text.RegularExpressions;

namespace AgentTeams.Models;

/// <summary>Writes the weights of a Hugging Face folder.</summary>
internal static partial class CheckpointWriter
{
    /// <summary>
    /// All files are on the disk before the first takes its place, the index last, and the files of an earlier checkpoint go after
    /// that; since a single file is preferred to shards, what is read in between is the old checkpoint or the new one. Only where
    /// shards replace as many shards could a crash between two renames mix them.
    /// </summary>
    public static void Write(string directory, IReadOnlyCollection<SafeTensorSource> tensors, long maxShardBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxShardBytes);
        RequireDistinct(directory, tensors);
        Directory.CreateDirectory(directory);
        var shards = Split(tensors, maxShardBytes);
        using var staged = new StagedFiles();
        foreach (var (file, part) in shards) SafeTensorsWriter.Stage(staged, Path.Combine(directory, file), part);
        var written = shards.Select(s => s.File).ToHashSet(StringComparer.Ordinal);
        if (shards.Count > 1)
        {
            const string Index = CheckpointFolder.DefaultFile + CheckpointFolder.IndexSuffix;
            staged.Add(Path.Combine(directory, Index), stream => CheckpointIndex.Write(stream, shards));
            written.Add(Index);
        }

        staged.Commit();
        RemoveOthers(directory, written);
    }

    private static List<(string File, IReadOnlyCollection<SafeTensorSource> Tensors)> Split(IReadOnlyCollection<SafeTensorSource> tensors, long maxShardBytes)
    {
        var parts = new List<List<SafeTensorSource>> { new() };
        long used = 0;
        foreach (var tensor in tensors)
        {
            if (parts[^1].Count > 0 && tensor.Bytes > maxShardBytes - used)
            {
                parts.Add([]);
                used = 0;
            }

            parts[^1].Add(tensor);
            used += tensor.Bytes;
        }

        if (parts.Count == 1) return [(CheckpointFolder.DefaultFile, parts[0])];
        return [.. parts.Select((part, i) =>
            (string.Create(CultureInfo.InvariantCulture, $"model-{i + 1:D5}-of-{parts.Count:D5}.safetensors"), (IReadOnlyCollection<SafeTensorSource>)part))];
    }

    // Each file checks its own names; across shards nobody else would.
    private static void RequireDistinct(string directory, IEnumerable<SafeTensorSource> tensors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        if (tensors.FirstOrDefault(t => !names.Add(t.Name)) is { } twice)
            throw new AgentTeamsException($"The name '{twice.Name}' is given to two tensors for '{directory}'. Give each its own.");
    }

    private static void RemoveOthers(string directory, HashSet<string> written)
    {
        foreach (var path in Directory.EnumerateFiles(directory).Where(p => OwnFile().IsMatch(Path.GetFileName(p)) && !written.Contains(Path.GetFileName(p)))
            .ToList())
            File.Delete(path);
    }

    [GeneratedRegex(@"^model(-\d{5,}-of-\d{5,})?\.safetensors\z|^model\.safetensors\.index\.json\z")]
    private static partial Regex OwnFile();
}
