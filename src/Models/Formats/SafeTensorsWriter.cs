using System.Buffers.Binary;
using System.Text.Json;

namespace AgentTeams.Models;

/// <summary>Writes safetensors files tensor by tensor, marked as Python's readers expect them.</summary>
internal static class SafeTensorsWriter
{
    /// <summary>Writes a file, in the given order. It takes its place once all of it is on the disk; until then the old one stays.</summary>
    /// <exception cref="AgentTeamsException">Two tensors share a name, or one's values do not fit its shape or are not finite.</exception>
    public static void Write(string path, IReadOnlyCollection<SafeTensorSource> tensors)
    {
        using var staged = new StagedFiles();
        Stage(staged, path, tensors);
        staged.Commit();
    }

    public static void Stage(StagedFiles staged, string path, IReadOnlyCollection<SafeTensorSource> tensors)
    {
        var json = Header(path, tensors);
        staged.Add(path, file =>
        {
            Span<byte> length = stackalloc byte[SafeTensorsHeader.PrefixBytes];
            BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
            file.Write(length);
            json.WriteTo(file);
            foreach (var tensor in tensors)
            {
                var sink = new SafeTensorSink(file, tensor, path);
                tensor.Write(sink);
                sink.Complete();
            }
        });
    }

    private static MemoryStream Header(string path, IReadOnlyCollection<SafeTensorSource> tensors)
    {
        var json = new MemoryStream();
        var names = new HashSet<string>(StringComparer.Ordinal) { SafeTensorsHeader.Metadata };
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            writer.WriteStartObject(SafeTensorsHeader.Metadata);
            writer.WriteString("format", "pt");
            writer.WriteEndObject();
            long offset = 0;
            foreach (var tensor in tensors)
            {
                if (!names.Add(tensor.Name)) throw new AgentTeamsException($"The name '{tensor.Name}' is taken in '{path}'. Give each tensor its own.");
                if (tensor.Type is not (SafeTensorTypes.Float32 or SafeTensorTypes.BFloat16) || tensor.Shape.Any(n => n < 0))
                    throw new AgentTeamsException($"The tensor '{tensor.Name}' for '{path}' has the dtype {tensor.Type} and the shape "
                        + $"{SafeTensorTypes.Text(tensor.Shape)}; expected F32 or BF16 and no negative dimension.");
                writer.WriteStartObject(tensor.Name);
                writer.WriteString("dtype", tensor.Type);
                writer.WriteStartArray("shape");
                foreach (var n in tensor.Shape) writer.WriteNumberValue(n);
                writer.WriteEndArray();
                writer.WriteStartArray("data_offsets");
                writer.WriteNumberValue(offset);
                writer.WriteNumberValue(offset = checked(offset + tensor.Bytes));
                writer.WriteEndArray();
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        while (json.Length % 8 != 0) json.WriteByte((byte)' ');
        return json;
    }
}
