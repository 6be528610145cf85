namespace AgentTeams.Models;

/// <summary>
/// Reads and writes the safetensors format: an 8-byte little-endian header length, a JSON header of dtype, shape and
/// data offsets, then the raw values.
/// </summary>
internal static class SafeTensors
{
    /// <summary>Reads all tensors of a file, in name order; F32, F16, BF16 and I64 are widened or rounded to float32.</summary>
    /// <exception cref="ModelFormatException">
    /// The file cannot be opened or is truncated, its header is malformed, offsets, shapes and dtypes disagree, or a value is not finite.
    /// </exception>
    public static IReadOnlyDictionary<string, SafeTensor> Read(string path)
    {
        using var file = SafeTensorsFile.Open(path);
        var tensors = new SortedDictionary<string, SafeTensor>(StringComparer.Ordinal);
        foreach (var (name, entry) in file.Tensors) tensors.Add(name, new(name, entry.Shape, file.Read(entry)));
        return tensors;
    }

    /// <summary>
    /// Writes tensors as F32, in the given order, and flushes them to disk. The file takes its place once it is complete; if
    /// anything fails, the one that was there stays.
    /// </summary>
    /// <exception cref="AgentTeamsException">Two tensors share a name, or one's values do not fit its shape or are not finite.</exception>
    public static void Write(string path, IEnumerable<SafeTensor> tensors) =>
        SafeTensorsWriter.Write(path, [.. tensors.Select(t => SafeTensorSource.Of(t.Name, t.Shape, t.Values))]);
}
