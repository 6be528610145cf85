using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace AgentTeams;

/// <summary>
/// Reads and writes the safetensors format: an 8-byte little-endian header length, a JSON header of dtype, shape and
/// data offsets, then the raw values.
/// </summary>
public static class SafeTensors
{
    private const long MaxHeaderBytes = 100_000_000;

    /// <summary>Reads all tensors of a file, in name order; F32, F16, BF16 and I64 are widened or narrowed to float32.</summary>
    /// <exception cref="ModelFormatException">The file is truncated, its header is malformed, or offsets, shapes and dtypes disagree.</exception>
    public static IReadOnlyDictionary<string, SafeTensor> Read(string path)
    {
        using var file = File.OpenRead(path);
        var header = ReadHeader(file, path, out var dataStart);
        var tensors = new SortedDictionary<string, SafeTensor>(StringComparer.Ordinal);
        foreach (var entry in header.EnumerateObject())
        {
            if (entry.Name == "__metadata__") continue;
            tensors[entry.Name] = ReadTensor(file, path, entry, dataStart);
        }

        return tensors;
    }

    /// <summary>Writes tensors as F32, in the given order, and flushes them to disk.</summary>
    public static void Write(string path, IEnumerable<SafeTensor> tensors)
    {
        var list = tensors.ToList();
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            long offset = 0;
            foreach (var t in list)
            {
                writer.WriteStartObject(t.Name);
                writer.WriteString("dtype", "F32");
                writer.WriteStartArray("shape");
                foreach (var n in t.Shape) writer.WriteNumberValue(n);
                writer.WriteEndArray();
                writer.WriteStartArray("data_offsets");
                writer.WriteNumberValue(offset);
                writer.WriteNumberValue(offset += 4L * t.Values.Length);
                writer.WriteEndArray();
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        while (json.Length % 8 != 0) json.WriteByte((byte)' ');
        using var file = File.Create(path);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        file.Write(length);
        file.Write(json.GetBuffer().AsSpan(0, (int)json.Length));
        foreach (var t in list) file.Write(MemoryMarshal.AsBytes(t.Values.AsSpan()));
        file.Flush(flushToDisk: true);
    }

    private static JsonElement ReadHeader(FileStream file, string path, out long dataStart)
    {
        Span<byte> prefix = stackalloc byte[8];
        if (file.ReadAtLeast(prefix, 8, throwOnEndOfStream: false) < 8)
            throw new ModelFormatException($"'{path}' has {file.Length} bytes; a safetensors file starts with 8 bytes of header length.");
        var length = BinaryPrimitives.ReadInt64LittleEndian(prefix);
        if (length is <= 0 or > MaxHeaderBytes || length > file.Length - 8)
            throw new ModelFormatException($"'{path}' declares a header of {length} bytes but has {file.Length}. The file is truncated or no safetensors file.");
        var bytes = new byte[length];
        file.ReadExactly(bytes);
        dataStart = 8 + length;
        try
        {
            using var document = JsonDocument.Parse(bytes);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new ModelFormatException($"The header of '{path}' is {document.RootElement.ValueKind}; expected an object.");
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new ModelFormatException($"The header of '{path}' is not JSON: {e.Message}", e);
        }
    }

    private static SafeTensor ReadTensor(FileStream file, string path, JsonProperty entry, long dataStart)
    {
        string dtype;
        int[] shape;
        long[] offsets;
        try
        {
            dtype = entry.Value.GetProperty("dtype").GetString() ?? "null";
            shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(e => e.GetInt32())];
            offsets = [.. entry.Value.GetProperty("data_offsets").EnumerateArray().Select(e => e.GetInt64())];
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new ModelFormatException($"The entry of tensor '{entry.Name}' in '{path}' is malformed: {e.Message}", e);
        }

        var size = dtype switch
        {
            "F32" => 4,
            "F16" or "BF16" => 2,
            "I64" => 8,
            _ => throw new ModelFormatException($"Tensor '{entry.Name}' in '{path}' has dtype {dtype}; expected F32, F16, BF16 or I64."),
        };
        var count = shape.Aggregate(1L, (a, b) => b < 0 ? long.MaxValue / 16 : Math.Min(a * b, long.MaxValue / 16));
        if (offsets.Length != 2 || offsets[0] < 0 || offsets[1] - offsets[0] != count * size || dataStart + offsets[1] > file.Length)
            throw new ModelFormatException($"Tensor '{entry.Name}' in '{path}' of shape [{string.Join(", ", shape)}] and dtype {dtype} does not fit the bytes {string.Join("..", offsets)} of a file of {file.Length}.");
        var raw = new byte[count * size];
        file.Position = dataStart + offsets[0];
        file.ReadExactly(raw);
        return new(entry.Name, shape, Widen(raw, dtype));
    }

    private static float[] Widen(byte[] raw, string dtype) => dtype switch
    {
        "F32" => MemoryMarshal.Cast<byte, float>(raw).ToArray(),
        "F16" => Array.ConvertAll(MemoryMarshal.Cast<byte, Half>(raw).ToArray(), h => (float)h),
        "BF16" => Array.ConvertAll(MemoryMarshal.Cast<byte, ushort>(raw).ToArray(), b => BitConverter.UInt32BitsToSingle((uint)b << 16)),
        _ => Array.ConvertAll(MemoryMarshal.Cast<byte, long>(raw).ToArray(), l => (float)l),
    };
}
