using System.Text;

namespace AgentTeams.Tests;

/// <summary>Reads a GGUF file by the format's description and shares nothing with what wrote it.</summary>
internal sealed class GgufFile
{
    private readonly byte[] _bytes;
    private int _at;

    public GgufFile(string path)
    {
        _bytes = File.ReadAllBytes(path);
        Assert.Equal("GGUF", Encoding.ASCII.GetString(_bytes, 0, 4));
        _at = 4;
        Assert.Equal(3u, U32());
        var (tensors, settings) = (U64(), U64());
        for (var i = 0L; i < settings; i++) Settings.Add(Text(), Value((int)U32()));
        for (var i = 0L; i < tensors; i++)
        {
            var name = Text();
            var shape = Enumerable.Range(0, (int)U32()).Select(_ => (int)U64()).ToArray();
            Tensors.Add(name, new(shape, (int)U32(), U64()));
        }

        DataStart = Align(_at);
        foreach (var (name, tensor) in Tensors) Values.Add(name, Read(tensor));
    }

    public Dictionary<string, object> Settings { get; } = [];

    /// <summary>The tensors in the order of the file; dimensions innermost first.</summary>
    public Dictionary<string, Tensor> Tensors { get; } = [];

    public Dictionary<string, float[]> Values { get; } = [];

    public long DataStart { get; }

    public long Length => _bytes.Length;

    public static long Align(long at) => (at + 31) / 32 * 32;

    private float[] Read(Tensor tensor)
    {
        _at = (int)(DataStart + tensor.Offset);
        var count = tensor.Shape.Aggregate(1, (a, b) => a * b);
        var values = new float[count];
        for (var i = 0; i < count; i++)
        {
            if (tensor.Type == 8 && i % 32 == 0) _at = (int)(DataStart + tensor.Offset) + (i / 32 * 34);
            values[i] = tensor.Type switch
            {
                0 => BitConverter.ToSingle(_bytes, Skip(4)),
                1 => (float)BitConverter.ToHalf(_bytes, Skip(2)),
                8 => (float)BitConverter.ToHalf(_bytes, _at) * (sbyte)_bytes[_at + 2 + (i % 32)],
                _ => throw new NotSupportedException($"type {tensor.Type}"),
            };
        }

        return values;
    }

    private object Value(int type)
    {
        switch (type)
        {
            case 4: return U32();
            case 5: return (int)U32();
            case 6: return BitConverter.ToSingle(_bytes, Skip(4));
            case 7: return _bytes[Skip(1)] == 1;
            case 8: return Text();
            case 9:
                var of = (int)U32();
                return Enumerable.Range(0, (int)U64()).Select(_ => Value(of)).ToArray();
            default: throw new NotSupportedException($"type {type}");
        }
    }

    private string Text()
    {
        var length = (int)U64();
        return Encoding.UTF8.GetString(_bytes, Skip(length), length);
    }

    private uint U32() => BitConverter.ToUInt32(_bytes, Skip(4));

    private long U64() => (long)BitConverter.ToUInt64(_bytes, Skip(8));

    private int Skip(int count) => (_at += count) - count;

    internal sealed record Tensor(int[] Shape, int Type, long Offset)
    {
        public long Bytes => Shape.Aggregate(1L, (a, b) => a * b) * (Type == 0 ? 4 : 2) / (Type == 8 ? 64 : 1) * (Type == 8 ? 34 : 1);
    }
}
