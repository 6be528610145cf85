using System.Text;

namespace AgentTeams.Tests;

public sealed class SafeTensorsFileTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Read_SparseFileOf2To31ValuesAndOne_FindsTheLast()
    {
        const string Header = """{"big":{"dtype":"BF16","shape":[65536,32768],"data_offsets":[0,4294967296]},"last":{"dtype":"F32","shape":[1],"data_offsets":[4294967296,4294967300]}}""";
        using (var file = File.Create(_path))
        {
            file.Write(BitConverter.GetBytes((long)Header.Length));
            file.Write(Encoding.ASCII.GetBytes(Header));
            file.Position += 1L << 32;
            file.Write(BitConverter.GetBytes(0.5f));
        }

        using var read = SafeTensorsFile.Open(_path);
        var last = new float[1];
        read.Read("last", [1], last);
        read.Check("last", [1]);
        Assert.Equal((0.5f, 1L << 31), (last[0], read.Tensors["big"].Count));
    }

    [Fact]
    public void Read_AllFiniteHalfs_AreExact()
    {
        var bits = Enumerable.Range(0, 1 << 16).Select(b => (ushort)b).Where(b => Half.IsFinite(BitConverter.UInt16BitsToHalf(b))).Append((ushort)0x8001).ToArray();
        AssertBits(bits.Select(b => (float)BitConverter.UInt16BitsToHalf(b)), Read("F16", bits));
        AssertBits([MathF.ScaleB(1, -24), -MathF.ScaleB(1023, -24), 65504, -0f], Read("F16", new ushort[] { 1, 0x83FF, 0x7BFF, 0x8000 }));
    }

    [Fact]
    public void Read_AllFiniteBFloat16s_AreExact()
    {
        var bits = Enumerable.Range(0, 1 << 16).Select(b => (ushort)b).Where(b => (b & 0x7F80) != 0x7F80).Append((ushort)1).ToArray();
        AssertBits(bits.Select(b => BitConverter.Int32BitsToSingle(b << 16)), Read("BF16", bits));
        var raw = new ushort[bits.Length];
        using var file = SafeTensorsBytes.Open(SafeTensorsBytes.OfTensor("BF16", bits));
        file.ReadBFloat16("w", [bits.Length], raw);
        Assert.Equal(bits, raw);
    }

    [Fact]
    public void Read_Float32_KeepsEveryBit()
    {
        var random = new Random(7);
        float[] values = [float.Epsilon, -float.Epsilon, float.MaxValue, float.MinValue, 1.17549421e-38f, -0f,
            .. Enumerable.Range(0, 9001).Select(_ => BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue))).Where(float.IsFinite)];
        AssertBits(values, Read("F32", values));
    }

    [Theory]
    [InlineData("F32", 0)]
    [InlineData("F16", 3)]
    [InlineData("BF16", 5000)]
    public void Read_NonFinite_NamesTensorAndIndex(string dtype, int at)
    {
        foreach (ushort bad in dtype == "F16" ? new ushort[] { 0x7C00, 0xFC00, 0x7C01, 0xFFFF } : [0x7F80, 0xFF80, 0x7F81, 0xFFFF])
        {
            var bits = new ushort[6001];
            bits[at] = bad;
            var values = Array.ConvertAll(bits, b => BitConverter.Int32BitsToSingle(b << 16));
            using var file = SafeTensorsBytes.Open(dtype == "F32" ? SafeTensorsBytes.OfTensor(dtype, values) : SafeTensorsBytes.OfTensor(dtype, bits));
            var message = Assert.Throws<ModelFormatException>(() => file.Read("w", [6001], new float[6001])).Message;
            Assert.Contains("'w' in 'memory'", message, StringComparison.Ordinal);
            Assert.Contains($"index {at}", message, StringComparison.Ordinal);
            if (dtype == "BF16") Assert.Contains($"index {at}", Assert.Throws<ModelFormatException>(() => file.ReadBFloat16("w", [6001], new ushort[6001])).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Read_OtherThanExpected_NamesTheExpectation()
    {
        SafeTensorsWriter.Write(_path, [SafeTensorSource.Of("w", [2, 3], new float[6]), SafeTensorSource.OfBFloat16("b", [1], new ushort[1])]);
        using var file = SafeTensorsFile.Open(_path);
        AssertRefused($"'{_path}' lacks the tensor 'v'", () => file.Read("v", [2, 3], new float[6]));
        AssertRefused("[2, 3]; expected [3, 2]", () => file.Read("w", [3, 2], new float[6]));
        AssertRefused("has the dtype F32; expected BF16", () => file.ReadBFloat16("w", [2, 3], new ushort[6]));
        Assert.Throws<ArgumentException>(() => file.Read("w", [2, 3], new float[7]));
        using var integers = SafeTensorsBytes.Open(SafeTensorsBytes.OfTensor("I64", new long[1]));
        AssertRefused("has the dtype I64; expected F32 or F16 or BF16", () => integers.Read("w", [1], new float[1]));
    }

    [Fact]
    public void Tensors_SaysWhatIsThere()
    {
        SafeTensorsWriter.Write(_path, [SafeTensorSource.Of("w", [2, 3], new float[6], "BF16"), SafeTensorSource.Of("b", [], new float[1])]);
        using var file = SafeTensorsFile.Open(_path);
        Assert.Equal(["b: F32 [] 1", "w: BF16 [2, 3] 6"], file.Tensors.Values.Select(t => $"{t.Name}: {t.Type} [{string.Join(", ", t.Shape)}] {t.Count}"));
    }

    [Fact]
    public void Read_LargeTensor_AllocatesNothingOfItsSize()
    {
        var values = new float[1 << 20];
        values[^1] = 5;
        SafeTensorsWriter.Write(_path, [SafeTensorSource.Of("w", [1 << 20], values, "BF16")]);
        var to = new float[1 << 20];
        using var file = SafeTensorsFile.Open(_path);
        var before = GC.GetAllocatedBytesForCurrentThread();
        file.Read("w", [1 << 20], to);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 14);
        Assert.Equal(values, to);
    }

    [Fact]
    public void Read_FromManyThreads_AgreesAndEndsWithDispose()
    {
        float[] values = [.. Enumerable.Range(0, 20_000).Select(i => (float)i)];
        SafeTensorsWriter.Write(_path, [SafeTensorSource.Of("w", [20_000], values)]);
        var file = SafeTensorsFile.Open(_path);
        Parallel.For(0, 16, _ =>
        {
            var to = new float[20_000];
            file.Read("w", [20_000], to);
            Assert.Equal(values, to);
        });
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Read("w", [20_000], new float[20_000]));
    }

    [Fact]
    public void Write_BFloat16_RoundsToNearestEven()
    {
        int[] bits = [0x3F808000, 0x3F818000, 0x3F808001, 0x3F807FFF, 0x00008001, 0x00000001, unchecked((int)0x80008000), unchecked((int)0xBF818000), 0x007FFFFF];
        ushort[] expected = [0x3F80, 0x3F82, 0x3F81, 0x3F80, 0x0001, 0x0000, 0x8000, 0xBF82, 0x0080];
        float[] values = [.. bits.Concat(bits).Select(BitConverter.Int32BitsToSingle)];
        SafeTensorsWriter.Write(_path, [SafeTensorSource.Of("w", [18], values, "BF16")]);
        var back = new ushort[18];
        using var file = SafeTensorsFile.Open(_path);
        file.ReadBFloat16("w", [18], back);
        Assert.Equal([.. expected, .. expected], back);
    }

    [Fact]
    public void Write_BeyondTheLargestBFloat16_IsRefused() => Assert.Contains(
        "index 1",
        Assert.Throws<AgentTeamsException>(() => SafeTensorsWriter.Write(_path, [SafeTensorSource.Of("w", [2], new[] { 1, float.MaxValue }, "BF16")])).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Write_InPieces_IsOneTensor()
    {
        SafeTensorsWriter.Write(_path, [new("w", [100_000], "F32", sink =>
        {
            for (var i = 0; i < 10; i++) sink.Write(Enumerable.Range(i * 10_000, 10_000).Select(v => (float)v).ToArray());
        })]);
        Assert.Equal(Enumerable.Range(0, 100_000).Select(v => (float)v), SafeTensors.Read(_path)["w"].Values);
    }

    [Fact]
    public void Write_WrongPieces_AreRefused()
    {
        Assert.Throws<AgentTeamsException>(() => SafeTensorsWriter.Write(_path, [new("w", [1], "F32", sink => sink.WriteBFloat16([1]))]));
        Assert.Throws<AgentTeamsException>(() => SafeTensorsWriter.Write(_path, [new("w", [1], "BF16", _ => { })]));
        Assert.Throws<AgentTeamsException>(() => SafeTensorsWriter.Write(_path, [SafeTensorSource.Of("w", [1], new float[1], "F64")]));
    }

    [Fact]
    public void Open_ReplacedWhileOpen_KeepsReadingTheOldFile()
    {
        if (OperatingSystem.IsWindows()) return;
        SafeTensors.Write(_path, [new("w", [1], [1])]);
        using var file = SafeTensorsFile.Open(_path);
        SafeTensors.Write(_path, [new("w", [1], [2])]);
        var value = new float[1];
        file.Read("w", [1], value);
        Assert.Equal([1], value);
        Assert.Equal([2], SafeTensors.Read(_path)["w"].Values);
    }

    private static float[] Read<T>(string dtype, T[] values)
        where T : unmanaged
    {
        var to = new float[values.Length];
        using var file = SafeTensorsBytes.Open(SafeTensorsBytes.OfTensor(dtype, values));
        file.Read("w", [values.Length], to);
        return to;
    }

    private static void AssertBits(IEnumerable<float> expected, float[] actual) =>
        Assert.Equal(expected.Select(BitConverter.SingleToInt32Bits), actual.Select(BitConverter.SingleToInt32Bits));

    private static void AssertRefused(string message, Action action) =>
        Assert.Contains(message, Assert.Throws<ModelFormatException>(action).Message, StringComparison.Ordinal);
}
