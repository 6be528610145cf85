using System.Text.Json;

namespace AgentTeams.Models;

/// <summary>The <c>model.safetensors.index.json</c> of a checkpoint in several files: which shard holds which tensor.</summary>
internal static class CheckpointIndex
{
    private const int MaxBytes = SafeTensorsHeader.MaxBytes;

    private static readonly JsonWriterOptions s_indented = new() { Indented = true };
    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false };

    /// <exception cref="ModelFormatException">The file cannot be read, or is no index.</exception>
    public static SortedDictionary<string, string> Load(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            if (file.Length > MaxBytes) throw new ModelFormatException($"'{path}' has {file.Length} bytes; expected an index of at most {MaxBytes}.");
            var json = new byte[file.Length];
            file.ReadExactly(json);
            return Parse(json, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException($"'{path}' cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The shard of each tensor; always the plain name of a file beside the index.</summary>
    /// <exception cref="ModelFormatException">This is no index, or it names a file elsewhere.</exception>
    public static SortedDictionary<string, string> Parse(ReadOnlyMemory<byte> json, string source)
    {
        var shards = new SortedDictionary<string, string>(StringComparer.Ordinal);
        try
        {
            using var document = JsonDocument.Parse(json, s_strict);
            foreach (var entry in document.RootElement.GetProperty("weight_map").EnumerateObject())
                shards.Add(entry.Name, PlainName(entry.Value.GetString(), entry.Name, source));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new ModelFormatException($"'{source}' is no index; expected an object with a 'weight_map' from tensors to files: {e.Message}", e);
        }

        return shards;
    }

    /// <param name="stream">Where to.</param>
    /// <param name="shards">The tensors of each shard.</param>
    public static void Write(Stream stream, IEnumerable<(string File, IReadOnlyCollection<SafeTensorSource> Tensors)> shards)
    {
        var all = shards.SelectMany(s => s.Tensors.Select(t => (t.Name, t.Bytes, s.File))).OrderBy(t => t.Name, StringComparer.Ordinal).ToList();
        using var writer = new Utf8JsonWriter(stream, s_indented);
        writer.WriteStartObject();
        writer.WriteStartObject("metadata");
        writer.WriteNumber("total_size", all.Sum(t => t.Bytes));
        writer.WriteEndObject();
        writer.WriteStartObject("weight_map");
        foreach (var (name, _, file) in all) writer.WriteString(name, file);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    // Both separators are refused everywhere: what is safe to load must not depend on the system.
    private static string PlainName(string? shard, string tensor, string source) =>
        shard is null or "" or "." or ".." || shard.AsSpan().ContainsAny("/\\:\0")
            ? throw new ModelFormatException($"'{source}' places the tensor '{tensor}' in '{shard}'; expected the name of a file in the same folder.")
            : shard;
}
