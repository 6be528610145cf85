using System.Text.Json.Nodes;

namespace AgentTeams.Tests;

public sealed class CheckpointFolderTests : IDisposable
{
    private const string Index = "model.safetensors.index.json";

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(1, 5)]
    [InlineData(20, 4)]
    [InlineData(40, 3)]
    [InlineData(84, 1)]
    public void Write_WhateverTheLimit_ReadsTheSame(long limit, int files)
    {
        var tensors = Sample();
        CheckpointFolder.Write(_folder, tensors, limit);
        Assert.Equal(files, Directory.GetFiles(_folder, "*.safetensors").Length);
        Assert.Equal(files > 1, File.Exists(Path.Combine(_folder, Index)));
        using var folder = CheckpointFolder.Open(_folder);
        Assert.Equal(["a", "b", "c", "d", "e"], folder.Tensors.Keys);
        foreach (var tensor in tensors)
        {
            var back = new float[tensor.Count];
            folder.Read(tensor.Name, tensor.Shape, back);
            Assert.Equal(Values(tensor.Name, back.Length), back);
        }

        var bits = new ushort[6];
        folder.ReadBFloat16("c", [6], bits);
        Assert.Equal(Values("c", 6).Select(v => (ushort)(BitConverter.SingleToInt32Bits(v) >> 16)), bits);
    }

    [Fact]
    public void Write_Shards_AreNamedAndIndexedAsPythonExpects()
    {
        CheckpointFolder.Write(_folder, Sample(), 40);
        var index = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, Index)))!;
        Assert.Equal(84, index["metadata"]!["total_size"]!.GetValue<long>());
        Assert.Equal(
            ["a: model-00001-of-00003.safetensors", "b: model-00002-of-00003.safetensors", "c: model-00002-of-00003.safetensors", "d: model-00003-of-00003.safetensors", "e: model-00002-of-00003.safetensors"],
            index["weight_map"]!.AsObject().Select(p => $"{p.Key}: {p.Value}"));
    }

    [Fact]
    public void Write_OverAnotherForm_RemovesItsFilesOnly()
    {
        File.WriteAllText(Path.Combine(_folder, "model-bf16.safetensors"), "mine");
        foreach (var limit in new long[] { 84, 1, 40, 84 })
        {
            CheckpointFolder.Write(_folder, Sample(), limit);
            var files = Directory.GetFiles(_folder).Select(Path.GetFileName).Order(StringComparer.Ordinal).ToList();
            Assert.Contains("model-bf16.safetensors", files);
            Assert.Equal(limit switch { 84 => 2, 1 => 7, _ => 5 }, files.Count);
            using var folder = CheckpointFolder.Open(_folder);
            Assert.Equal(5, folder.Tensors.Count);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(84)]
    public void Write_Failing_LeavesTheFolderAsItWas(long limit)
    {
        CheckpointFolder.Write(_folder, Sample(), 40);
        var before = Contents();
        Assert.Throws<AgentTeamsException>(() => CheckpointFolder.Write(_folder, [.. Sample(), SafeTensorSource.Of("z", [1], new[] { float.NaN })], limit));
        Assert.Throws<AgentTeamsException>(() => CheckpointFolder.Write(_folder, [.. Sample(), Sample()[0]], limit));
        Assert.Equal(before, Contents());
    }

    [Fact]
    public void Write_NoRoomForAShard_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => CheckpointFolder.Write(_folder, Sample(), 0));

    [Fact]
    public void Open_OtherFile_TakesItOrItsShards()
    {
        SafeTensors.Write(Path.Combine(_folder, "adapter.safetensors"), [new("w", [1], [4])]);
        using var folder = CheckpointFolder.Open(_folder, "adapter.safetensors");
        Assert.Equal("w", Assert.Single(folder.Tensors).Key);
        File.WriteAllText(Path.Combine(_folder, "other.safetensors.index.json"), """{"weight_map":{"w":"adapter.safetensors"}}""");
        using var sharded = CheckpointFolder.Open(_folder, "other.safetensors");
        var value = new float[1];
        sharded.Read("w", [1], value);
        Assert.Equal([4], value);
    }

    [Fact]
    public void Open_BothForms_PrefersTheSingleFile()
    {
        CheckpointFolder.Write(_folder, Sample(), 1);
        SafeTensors.Write(Path.Combine(_folder, "model.safetensors"), [new("single", [1], [1])]);
        using var folder = CheckpointFolder.Open(_folder);
        Assert.Equal("single", Assert.Single(folder.Tensors).Key);
    }

    [Fact]
    public void Open_EmptyFolder_NamesBothForms()
    {
        var message = Assert.Throws<ModelFormatException>(() => CheckpointFolder.Open(_folder)).Message;
        Assert.Contains(Path.Combine(_folder, "model.safetensors"), message, StringComparison.Ordinal);
        Assert.Contains(Index, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../x.safetensors")]
    [InlineData("sub/x.safetensors")]
    [InlineData("..\\\\x.safetensors")]
    [InlineData("/etc/x.safetensors")]
    [InlineData("C:x.safetensors")]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("x\\u0000.safetensors")]
    public void Open_ShardElsewhere_IsRefused(string shard)
    {
        var inner = Directory.CreateDirectory(Path.Combine(_folder, "inner")).FullName;
        SafeTensors.Write(Path.Combine(_folder, "x.safetensors"), [new("w", [1], [1])]);
        File.WriteAllText(Path.Combine(inner, Index), $$$"""{"weight_map":{"w":"{{{shard}}}"}}""");
        var message = Assert.Throws<ModelFormatException>(() => CheckpointFolder.Open(inner)).Message;
        Assert.Contains("same folder", message, StringComparison.Ordinal);
        Assert.Contains("'w'", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"weight_map":{"w":"absent.safetensors"}}""", "does not exist")]
    [InlineData("""{"weight_map":{"w":"x.safetensors","v":"x.safetensors"}}""", "'v' in 'x.safetensors', which lacks it")]
    [InlineData("""{"weight_map":{"w":"broken.safetensors"}}""", "broken.safetensors")]
    [InlineData("""{"weight_map":{"w":3}}""", "no index")]
    [InlineData("""{"weight_map":{"w":null}}""", "same folder")]
    [InlineData("""{"weight_map":{"w":"x.safetensors","\u0077":"x.safetensors"}}""", "no index")]
    [InlineData("""{"weight_map":[]}""", "no index")]
    [InlineData("""{"metadata":{}}""", "no index")]
    [InlineData("[]", "no index")]
    [InlineData("{", "no index")]
    [InlineData("", "no index")]
    public void Open_BadIndex_NamesItAndTheProblem(string json, string problem)
    {
        SafeTensors.Write(Path.Combine(_folder, "x.safetensors"), [new("w", [1], [1])]);
        File.WriteAllText(Path.Combine(_folder, "broken.safetensors"), "broken safetensors");
        File.WriteAllText(Path.Combine(_folder, Index), json);
        var message = Assert.Throws<ModelFormatException>(() => CheckpointFolder.Open(_folder)).Message;
        Assert.Contains(_folder, message, StringComparison.Ordinal);
        Assert.Contains(problem, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_MissingTensor_NamesIndexAndTensor()
    {
        CheckpointFolder.Write(_folder, Sample(), 1);
        using var folder = CheckpointFolder.Open(_folder);
        var message = Assert.Throws<ModelFormatException>(() => folder.Read("z", [1], new float[1])).Message;
        Assert.Contains($"{Index}' lacks the tensor 'z'", message, StringComparison.Ordinal);
    }

    private static SafeTensorSource[] Sample() =>
    [
        SafeTensorSource.Of("a", [2, 5], Values("a", 10)),
        SafeTensorSource.Of("b", [3], Values("b", 3)),
        SafeTensorSource.Of("c", [6], Values("c", 6), "BF16"),
        SafeTensorSource.Of("e", [1, 4], Values("e", 4)),
        SafeTensorSource.Of("d", [], Values("d", 1)),
    ];

    private static float[] Values(string name, int count) => [.. Enumerable.Range(0, count).Select(i => (float)(name[0] - i))];

    private List<string> Contents() => [.. Directory.GetFiles(_folder).Order(StringComparer.Ordinal).Select(p => p + Convert.ToHexString(File.ReadAllBytes(p)))];
}
