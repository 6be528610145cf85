using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace AgentTeams.Tests;

public sealed class SafeTensorsTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void WriteRead_KeepsNamesShapesAndValues()
    {
        SafeTensors.Write(_path, [new("b", [2, 3], [1, 2, 3, 4, 5, 6]), new("a", [1], [-0f]), new("scalar", [], [7]), new("none", [3, 0], [])]);
        var back = SafeTensors.Read(_path);
        Assert.Equal(["a", "b", "none", "scalar"], back.Keys);
        Assert.Equal([2, 3], back["b"].Shape);
        Assert.Equal([1, 2, 3, 4, 5, 6], back["b"].Values);
        Assert.True(float.IsNegative(back["a"].Values[0]));
        Assert.Equal([7], back["scalar"].Values);
        Assert.Equal([3, 0], back["none"].Shape);
    }

    [Fact]
    public void Write_Header_IsAlignedAndMarkedForPython()
    {
        SafeTensors.Write(_path, [new("ä", [1], [1])]);
        var bytes = File.ReadAllBytes(_path);
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        Assert.Equal(0, length % 8);
        Assert.StartsWith("""{"__metadata__":{"format":"pt"},""", Encoding.UTF8.GetString(bytes, 8, length), StringComparison.Ordinal);
        Assert.Equal(8 + length + 4, bytes.Length);
        Assert.Equal("ä", Assert.Single(SafeTensors.Read(_path)).Key);
    }

    [Theory]
    [InlineData("""{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,12]}}""", "does not fit")]
    [InlineData("""{"w":{"dtype":"F32","shape":[400],"data_offsets":[0,1600]}}""", "truncated")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2147483647,2147483647,2147483647],"data_offsets":[0,4]}}""", "does not fit")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2147483647,2147483647],"data_offsets":[0,9223372036854775807]}}""", "does not fit")]
    [InlineData("""{"w":{"dtype":"U8","shape":[2147483647,2147483647,2],"data_offsets":[0,9223372028264841218]}}""", "truncated")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4294967296],"data_offsets":[0,12]}}""", "'shape'")]
    [InlineData("""{"w":{"dtype":"F32","shape":[3.0],"data_offsets":[0,12]}}""", "'shape'")]
    [InlineData("""{"w":{"dtype":"F32","shape":[[3]],"data_offsets":[0,12]}}""", "'shape'")]
    [InlineData("""{"w":{"dtype":"F32","shape":3,"data_offsets":[0,12]}}""", "'shape'")]
    [InlineData("""{"w":{"dtype":"F32","shape":[-1],"data_offsets":[0,-4]}}""", "'shape'")]
    [InlineData("""{"w":{"dtype":"F32","shape":[3],"data_offsets":[-4,8]}}""", "'data_offsets'")]
    [InlineData("""{"w":{"dtype":"F32","shape":[3],"data_offsets":[12,0]}}""", "does not fit")]
    [InlineData("""{"w":{"dtype":"F32","shape":[3],"data_offsets":[0]}}""", "incomplete")]
    [InlineData("""{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,12,12]}}""", "'data_offsets'")]
    [InlineData("""{"w":{"dtype":"Q4","shape":[1],"data_offsets":[0,4]}}""", "Q4")]
    [InlineData("""{"w":{"dtype":4,"shape":[3],"data_offsets":[0,12]}}""", "'dtype'")]
    [InlineData("""{"w":{"dtype":"F32","shape":[3],"shape":[3],"data_offsets":[0,12]}}""", "'shape'")]
    [InlineData("""{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,12],"strides":[1]}}""", "'strides'")]
    [InlineData("""{"w":{"shape":[1]}}""", "incomplete")]
    [InlineData("""{"w":3}""", "expected an object")]
    [InlineData("""{"v":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", "overlap")]
    [InlineData("""{"v":{"dtype":"F32","shape":[3],"data_offsets":[0,12]},"w":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}}""", "overlap")]
    [InlineData("""{"v":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"w":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""", "holes")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", "holes")]
    [InlineData("""{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,12]},"w":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}""", "twice")]
    [InlineData("""{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,12]},"\u0077":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}""", "twice")]
    public void Read_BadEntry_NamesFileTensorAndProblem(string header, string problem)
    {
        File.WriteAllBytes(_path, SafeTensorsBytes.Of(header, new byte[12]));
        var message = Assert.Throws<ModelFormatException>(() => SafeTensors.Read(_path)).Message;
        Assert.Contains($"'{_path}'", message, StringComparison.Ordinal);
        Assert.Contains("'w'", message, StringComparison.Ordinal);
        Assert.Contains(problem, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", "Array")]
    [InlineData("3", "Number")]
    [InlineData("{", "not JSON")]
    [InlineData("{}}", "not JSON")]
    [InlineData("{} {}", "not JSON")]
    [InlineData(" {}", "at byte 1")]
    [InlineData("\uFEFF{}", "not JSON")]
    [InlineData("""{"\ud800":{}}""", "not JSON")]
    [InlineData("{}", "no bytes after them")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "no bytes after them")]
    [InlineData("""{"__metadata__":{"format":3}}""", "__metadata__")]
    [InlineData("""{"__metadata__":"pt"}""", "__metadata__")]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""", "twice")]
    public void Read_BadHeader_NamesFileAndProblem(string header, string problem)
    {
        File.WriteAllBytes(_path, SafeTensorsBytes.Of(header, new byte[12]));
        var message = Assert.Throws<ModelFormatException>(() => SafeTensors.Read(_path)).Message;
        Assert.Contains($"'{_path}'", message, StringComparison.Ordinal);
        Assert.Contains(problem, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_HeaderNotUtf8_IsRefused()
    {
        File.WriteAllBytes(_path, SafeTensorsBytes.Of([(byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)'}'], []));
        Assert.Contains("UTF-8", Assert.Throws<ModelFormatException>(() => SafeTensors.Read(_path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_TooManyDimensions_IsRefused()
    {
        var header = $$$"""{"w":{"dtype":"U8","shape":[{{{string.Join(",", Enumerable.Repeat(1, 65))}}}],"data_offsets":[0,1]}}""";
        Assert.Contains("'shape'", Assert.Throws<ModelFormatException>(() => SafeTensorsBytes.Open(SafeTensorsBytes.Of(header, 0))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    [InlineData(1000)]
    [InlineData(99_999_999)]
    [InlineData(100_000_001)]
    public void Read_AbsurdHeaderLength_IsRefusedWithoutAllocating(long length)
    {
        var bytes = SafeTensorsBytes.Of("{}");
        BinaryPrimitives.WriteInt64LittleEndian(bytes, length);
        File.WriteAllBytes(_path, bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<ModelFormatException>(() => SafeTensors.Read(_path));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Parse_FileOfManyGigabytes_IsLaidOutWithoutOverflow()
    {
        const long Size = 3L * int.MaxValue;
        var start = SafeTensorsBytes.Of($$$"""{"w":{"dtype":"F32","shape":[2],"data_offsets":[{{{Size}}},{{{Size + 8}}}]},"big":{"dtype":"U8","shape":[3,{{{int.MaxValue}}}],"data_offsets":[0,{{{Size}}}]}}""");
        var entry = SafeTensorsHeader.Parse(start, start.Length + Size + 8, "memory")["w"];
        Assert.Equal((start.Length + Size, start.Length + Size + 8), (entry.Start, entry.End));
        Assert.Throws<ModelFormatException>(() => SafeTensorsHeader.Parse(start, start.Length + Size + 7, "memory"));
    }

    [Fact]
    public void Read_EveryTruncation_IsRefused()
    {
        SafeTensors.Write(_path, [new("a", [2], [1, 2]), new("b", [1], [3])]);
        var whole = File.ReadAllBytes(_path);
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(_path, whole[..length]);
            Assert.Contains(_path, Assert.Throws<ModelFormatException>(() => SafeTensors.Read(_path)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Read_MissingFileOrFolder_IsNamed()
    {
        Assert.Contains(_path + ".absent", Assert.Throws<ModelFormatException>(() => SafeTensors.Read(_path + ".absent")).Message, StringComparison.Ordinal);
        Assert.Throws<ModelFormatException>(() => SafeTensors.Read(Path.GetTempPath()));
    }

    [Fact]
    public void Read_UnsupportedType_IsRefused()
    {
        File.WriteAllBytes(_path, SafeTensorsBytes.OfTensor("F32", new[] { 1f }));
        Assert.Contains("'pad'", Assert.Throws<ModelFormatException>(() => SafeTensors.Read(_path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Integers_AreRounded()
    {
        File.WriteAllBytes(_path, SafeTensorsBytes.Of("""{"w":{"dtype":"I64","shape":[2],"data_offsets":[0,16]}}""", MemoryMarshal.AsBytes<long>([-3, (1L << 40) + 1]).ToArray()));
        Assert.Equal([-3, 1L << 40], SafeTensors.Read(_path)["w"].Values);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Write_Failing_KeepsTheOldFileAndLeavesNoOther(float bad)
    {
        SafeTensors.Write(_path, [new("a", [1], [1])]);
        var before = File.ReadAllBytes(_path);
        Assert.Contains("'a'", Assert.Throws<AgentTeamsException>(() => SafeTensors.Write(_path, [new("a", [3], [1, 2, bad])])).Message, StringComparison.Ordinal);
        Assert.Throws<AgentTeamsException>(() => SafeTensors.Write(_path, [new("a", [2], [1])]));
        Assert.Throws<AgentTeamsException>(() => SafeTensors.Write(_path, [new("a", [2], [1, 2, 3])]));
        Assert.Throws<AgentTeamsException>(() => SafeTensors.Write(_path, [new("a", [1], [1]), new("a", [1], [1])]));
        Assert.Throws<AgentTeamsException>(() => SafeTensors.Write(_path, [new("a", [-1], [])]));
        Assert.Throws<AgentTeamsException>(() => SafeTensors.Write(_path, [new("__metadata__", [1], [1])]));
        Assert.Equal(before, File.ReadAllBytes(_path));
        Assert.Equal([_path], Directory.EnumerateFiles(Path.GetDirectoryName(_path)!, Path.GetFileName(_path) + "*"));
    }
}
