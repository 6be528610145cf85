using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Unicode;

namespace AgentTeams.Models;

/// <summary>
/// Reads the header of a safetensors file. What it accepts is what the format allows: a JSON object with one entry for each
/// tensor, no name twice, and values that fill the rest of the file without overlap, hole or remainder.
/// </summary>
internal static class SafeTensorsHeader
{
    /// <summary>The format's own limit on the JSON.</summary>
    public const int MaxBytes = 100_000_000;

    /// <summary>The bytes before the JSON, which hold its length.</summary>
    public const int PrefixBytes = 8;

    /// <summary>The one name that is no tensor: a map of texts.</summary>
    public const string Metadata = "__metadata__";

    /// <summary>Reads the entries by name.</summary>
    /// <param name="start">The first bytes of the file, at least up to the end of the header.</param>
    /// <param name="length">The length of the whole file.</param>
    /// <param name="source">How errors name the file.</param>
    /// <exception cref="ModelFormatException">The header is malformed or does not fit the file.</exception>
    public static SortedDictionary<string, SafeTensorEntry> Parse(ReadOnlySpan<byte> start, long length, string source)
    {
        var json = Json(start, length, source);
        var entries = new SortedDictionary<string, SafeTensorEntry>(StringComparer.Ordinal);
        try
        {
            ReadEntries(json, source, entries);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new ModelFormatException($"The header of '{source}' is not JSON: {e.Message}", e);
        }

        CheckCoverage(entries.Values, PrefixBytes + json.Length, length, source);
        return entries;
    }

    private static ReadOnlySpan<byte> Json(ReadOnlySpan<byte> start, long length, string source)
    {
        if (start.Length < PrefixBytes)
            throw new ModelFormatException($"'{source}' has {length} bytes; a safetensors file starts with {PrefixBytes} bytes of header length.");
        var declared = BinaryPrimitives.ReadUInt64LittleEndian(start);
        if (declared is 0 or > MaxBytes)
            throw new ModelFormatException($"'{source}' declares a header of {declared} bytes; expected 1 to {MaxBytes}. It is no safetensors file.");
        if ((int)declared > start.Length - PrefixBytes)
            throw new ModelFormatException($"'{source}' declares a header of {declared} bytes but has {length}. The file is truncated or no safetensors file.");
        var json = start.Slice(PrefixBytes, (int)declared);
        return Utf8.IsValid(json) ? json : throw new ModelFormatException($"The header of '{source}' is not UTF-8.");
    }

    private static void ReadEntries(ReadOnlySpan<byte> json, string source, SortedDictionary<string, SafeTensorEntry> entries)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject || reader.TokenStartIndex != 0)
            throw new ModelFormatException($"The header of '{source}' starts with {reader.TokenType} at byte {reader.TokenStartIndex}; expected an object at "
                + "byte 0.");
        var metadata = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            var added = name == Metadata
                ? !metadata && (metadata = ReadMetadata(ref reader, source))
                : entries.TryAdd(name, SafeTensorEntryReader.Read(ref reader, name, PrefixBytes + json.Length, source));
            if (!added) throw new ModelFormatException($"The header of '{source}' holds the name '{name}' twice.");
        }

        while (reader.Read()) { }
    }

    private static bool ReadMetadata(ref Utf8JsonReader reader, string source)
    {
        var valid = reader.TokenType == JsonTokenType.StartObject;
        while (valid && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            reader.Read();
            valid = reader.TokenType == JsonTokenType.String;
        }

        return valid ? valid : throw new ModelFormatException($"'{Metadata}' in '{source}' holds {reader.TokenType}; expected an object of texts.");
    }

    private static void CheckCoverage(IEnumerable<SafeTensorEntry> entries, long start, long length, string source)
    {
        var end = start;
        foreach (var entry in entries.OrderBy(e => e.Start).ThenBy(e => e.End))
        {
            if (entry.End > length)
                throw new ModelFormatException($"Tensor '{entry.Name}' in '{source}' takes the bytes {entry.Start}..{entry.End} of a file of {length}. The "
                    + "file is truncated.");
            if (entry.Start != end)
                throw new ModelFormatException($"Tensor '{entry.Name}' in '{source}' starts at byte {entry.Start}; expected {end}, where the tensor before "
                    + "it ends. Tensors neither overlap nor leave holes.");
            end = entry.End;
        }

        if (end != length) throw new ModelFormatException($"The tensors of '{source}' end at byte {end} of a file of {length}; expected no bytes after them.");
    }
}
