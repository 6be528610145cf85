using System.Buffers.Binary;
using System.Text;

namespace AgentTeams.Tests;

public sealed class SafeTensorsTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void WriteRead_KeepsNamesShapesAndValues()
    {
        SafeTensors.Write(_path, [new("b", [2, 3], [1, 2, 3, 4, 5, 6]), new("a", [1], [-0f])]);
        var back = SafeTensors.Read(_path);
        Assert.Equal(["a", "b"], back.Keys);
        Assert.Equal([2, 3], back["b"].Shape);
        Assert.Equal([1, 2, 3, 4, 5, 6], back["b"].Values);
    }

    [Theory]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,12]}}", "'w'")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[400],\"data_offsets\":[0,1600]}}", "'w'")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[2147483647,2147483647,2147483647],\"data_offsets\":[0,4]}}", "'w'")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,-4]}}", "'w'")]
    [InlineData("{\"w\":{\"dtype\":\"Q4\",\"shape\":[1],\"data_offsets\":[0,4]}}", "Q4")]
    [InlineData("{\"w\":{\"shape\":[1]}}", "'w'")]
    [InlineData("{\"w\":3}", "'w'")]
    [InlineData("[]", "Array")]
    [InlineData("{", "not JSON")]
    public void Read_BadHeader_NamesWhatIsWrong(string header, string named)
    {
        WriteRaw(header, Encoding.UTF8.GetByteCount(header));
        Assert.Contains(named, Assert.Throws<ModelFormatException>(() => SafeTensors.Read(_path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    [InlineData(1000)]
    public void Read_AbsurdHeaderLength_IsRefusedWithoutAllocating(long length)
    {
        WriteRaw("{}", length);
        Assert.Throws<ModelFormatException>(() => SafeTensors.Read(_path));
    }

    [Fact]
    public void Read_EmptyFile_IsRefused() => Assert.Throws<ModelFormatException>(() => SafeTensors.Read(_path));

    private void WriteRaw(string header, long length)
    {
        var bytes = new byte[8 + Encoding.UTF8.GetByteCount(header) + 12];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, length);
        Encoding.UTF8.GetBytes(header, bytes.AsSpan(8));
        File.WriteAllBytes(_path, bytes);
    }
}
