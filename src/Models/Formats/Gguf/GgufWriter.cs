using System.Text;

namespace AgentTeams.Models;

/// <summary>Writes GGUF files of version 3: settings, the list of tensors, then the tensors one by one.</summary>
internal static class GgufWriter
{
    /// <summary>Tensors begin at multiples of this many bytes.</summary>
    public const int Alignment = 32;

    private const uint Version = 3;
    private const int UnsignedCode = 4, SignedCode = 5, FloatCode = 6, BoolCode = 7, TextCode = 8, ArrayCode = 9;

    /// <summary>Writes a file. It takes its place once all of it is on the disk; until then what was there stays.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="settings">The settings: numbers, texts, or lists of them.</param>
    /// <param name="tensors">The tensors, in the order of the file.</param>
    public static void Write(string path, IReadOnlyCollection<KeyValuePair<string, object>> settings, IReadOnlyCollection<GgufTensor> tensors)
    {
        using var staged = new StagedFiles();
        staged.Add(path, stream =>
        {
            using (var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true))
            {
                writer.Write("GGUF"u8);
                writer.Write(Version);
                writer.Write((ulong)tensors.Count);
                writer.Write((ulong)settings.Count);
                foreach (var (key, value) in settings)
                {
                    WriteText(writer, key);
                    WriteValue(writer, value);
                }

                WriteList(writer, tensors);
            }

            Align(stream);
            foreach (var tensor in tensors)
            {
                tensor.Write(stream, path);
                Align(stream);
            }
        });
        staged.Commit();
    }

    private static void WriteList(BinaryWriter writer, IEnumerable<GgufTensor> tensors)
    {
        var offset = 0L;
        foreach (var tensor in tensors)
        {
            WriteText(writer, tensor.Name);
            writer.Write(tensor.Shape.Count);
            // The innermost dimension comes first.
            foreach (var size in tensor.Shape.Reverse()) writer.Write((ulong)size);
            writer.Write(GgufEncoding.CodeOf(tensor.Type));
            writer.Write(offset);
            offset += Aligned(tensor.Bytes);
        }
    }

    private static void WriteValue(BinaryWriter writer, object value)
    {
        var code = CodeOf(value);
        writer.Write(code);
        if (value is Array items)
        {
            writer.Write(items is string[] ? TextCode : SignedCode);
            writer.Write((ulong)items.Length);
            foreach (var item in items) WriteScalar(writer, item);
        }
        else
        {
            WriteScalar(writer, value);
        }
    }

    private static int CodeOf(object value) => value switch
    {
        uint => UnsignedCode,
        int => SignedCode,
        float => FloatCode,
        bool => BoolCode,
        string => TextCode,
        string[] or int[] => ArrayCode,
        _ => throw new ArgumentException($"{value.GetType()} is no type of a setting.", nameof(value)),
    };

    private static void WriteScalar(BinaryWriter writer, object value)
    {
        if (value is string text) WriteText(writer, text);
        else if (value is uint unsigned) writer.Write(unsigned);
        else if (value is int signed) writer.Write(signed);
        else if (value is float number) writer.Write(number);
        else writer.Write((bool)value);
    }

    private static void WriteText(BinaryWriter writer, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static long Aligned(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    private static void Align(Stream stream) => stream.Write(new byte[Aligned(stream.Position) - stream.Position]);
}
