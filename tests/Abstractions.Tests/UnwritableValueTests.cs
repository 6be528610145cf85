using System.Text;
using System.Text.Json;
using CsCheck;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>One value that cannot be written costs only itself.</summary>
public sealed class UnwritableValueTests
{
    [Fact]
    public void Serialize_ContentOfAnUnknownType_IsReplacedAndTheRestKept()
    {
        var replaced = new List<Type>();
        var json = TrajectoryJson.Serialize(With(new TextContent("before"), new Unknown(), new TextContent("after")), replaced.Add);

        var contents = TrajectoryJson.Deserialize(json).Nodes[0].Output[0].Contents;
        Assert.Equal(["before", "after"], contents.OfType<TextContent>().Select(c => c.Text));
        Assert.Equal(typeof(Unknown).FullName, contents[1].AdditionalProperties!["$unserializable"]!.ToString());
        Assert.Equal("a chart", contents[1].AdditionalProperties!["text"]!.ToString());
        Assert.Equal([typeof(Unknown)], replaced);
    }

    [Fact]
    public void Serialize_StreamAmongProperties_IsReplacedAndTheRestKept()
    {
        using var stream = new MemoryStream();
        var content = new TextContent("hi") { AdditionalProperties = new() { ["source"] = stream, ["page"] = 3, ["deep"] = new Dictionary<string, object?> { ["again"] = stream, ["ok"] = true } } };

        var read = TrajectoryJson.Deserialize(TrajectoryJson.Serialize(With(content))).Nodes[0].Output[0].Contents[0];

        Assert.Equal("hi", Assert.IsType<TextContent>(read).Text);
        Assert.Equal("3", read.AdditionalProperties!["page"]!.ToString());
        Assert.Equal("""{"$unserializable":"System.IO.MemoryStream"}""", Raw(read.AdditionalProperties["source"]));
        Assert.Equal("""{"again":{"$unserializable":"System.IO.MemoryStream"},"ok":true}""", Raw(read.AdditionalProperties["deep"]));
    }

    [Fact]
    public void Serialize_ToolResultAndArguments_KeepWhatCanBeWritten()
    {
        var call = new FunctionCallContent("c", "f", new Dictionary<string, object?> { ["x"] = double.NaN, ["action"] = (Action)(() => { }), ["y"] = 1 });
        var result = new FunctionResultContent("c", new { Lazy = new Throwing(), Name = "n" });

        var contents = TrajectoryJson.Deserialize(TrajectoryJson.Serialize(With(call, result))).Nodes[0].Output[0].Contents;

        var arguments = Assert.IsType<FunctionCallContent>(contents[0]).Arguments!;
        Assert.Equal(("NaN", "1"), (arguments["x"]!.ToString(), arguments["y"]!.ToString()));
        Assert.Contains("System.Action", Raw(arguments["action"]), StringComparison.Ordinal);
        var read = Assert.IsType<JsonElement>(Assert.IsType<FunctionResultContent>(contents[1]).Result);
        Assert.Equal("n", read.GetProperty("name").GetString());
        Assert.Equal(typeof(Throwing).FullName, read.GetProperty("lazy").GetProperty("$unserializable").GetString());
    }

    [Fact]
    public void Serialize_NumbersThatAreNotFinite_ReadBack()
    {
        var trace = new TokenTrace { PromptIds = [1], CompletionIds = [2, 3], LogProbs = [float.NegativeInfinity, -1], Policy = new("m"), WeightsVersion = 0, Temperature = 1 };
        var trajectory = With(new TextContent("hi") { AdditionalProperties = new() { ["score"] = double.NegativeInfinity } });
        trajectory = trajectory with { Nodes = [trajectory.Nodes[0] with { Tokens = trace }] };
        var replaced = new List<Type>();

        var node = TrajectoryJson.Deserialize(TrajectoryJson.Serialize(trajectory, replaced.Add)).Nodes[0];

        Assert.Equal([float.NegativeInfinity, -1], node.Tokens!.LogProbs);
        Assert.Equal("-Infinity", node.Output[0].Contents[0].AdditionalProperties!["score"]!.ToString());
        Assert.Empty(replaced);
    }

    [Fact]
    public void ToElement_Cycle_IsCut()
    {
        var ring = new Ring { Name = "a" };
        ring.Next = new() { Name = "b", Next = ring };

        Assert.StartsWith("""{"name":"a","next":{"name":"b","next":{"$unserializable":""", TrajectoryJson.ToElement(ring).GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public void ToElement_AnyNestedArguments_KeepsAllThatCanBeWritten() =>
        Values(4).Sample(value =>
        {
            var written = TrajectoryJson.ToElement(new Dictionary<string, object?> { ["value"] = value });
            AssertSame(value, written.GetProperty("value"));
        }, iter: 300);

    private static Gen<object?> Values(int depth)
    {
        var leaf = Gen.OneOf(Gen.Int.Select(i => (object?)i), Gen.String.Select(s => (object?)s), Gen.Const<object?>(() => new MemoryStream()), Gen.Const<object?>(() => new Throwing()), Gen.Int.Select(_ => (object?)null));
        if (depth == 0) return leaf;
        var inner = Values(depth - 1);
        return Gen.OneOf(leaf, inner.Array[0, 3].Select(a => (object?)a),
            Gen.Dictionary(Gen.String[Gen.Char['a', 'd'], 1, 2], inner)[0, 3].Select(d => (object?)d));
    }

    private static void AssertSame(object? value, JsonElement written)
    {
        switch (value)
        {
            case null:
                Assert.Equal(JsonValueKind.Null, written.ValueKind);
                break;
            case int number:
                Assert.Equal(number, written.GetInt32());
                break;
            case string text:
                Assert.Equal(Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)), written.GetString());
                break;
            case object?[] items:
                Assert.Equal(items.Length, written.GetArrayLength());
                for (var i = 0; i < items.Length; i++) AssertSame(items[i], written[i]);
                break;
            case Dictionary<string, object?> entries:
                Assert.Equal(entries.Count, written.EnumerateObject().Count());
                foreach (var (name, entry) in entries) AssertSame(entry, written.GetProperty(name));
                break;
            default:
                Assert.Equal(value.GetType().FullName, written.GetProperty("$unserializable").GetString());
                break;
        }
    }

    private static string Raw(object? value) => Assert.IsType<JsonElement>(value).GetRawText();

    private static Trajectory With(params AIContent[] contents) => new()
    {
        Id = "t", WorkflowName = "w", TaskId = "p", GroupId = "p", Status = TrajectoryStatus.Completed,
        Nodes = [new() { Id = "n", Kind = NodeKind.Role, Name = "n", Role = "r", Output = [new ChatMessage(ChatRole.Assistant, [.. contents])] }],
    };

    private sealed class Unknown : AIContent
    {
        public override string ToString() => "a chart";
    }

    private sealed class Throwing
    {
        public string Value => Name.Length > 0 ? Name : throw new InvalidOperationException("not now");

        private string Name { get; } = "";
    }

    private sealed class Ring
    {
        public string Name { get; init; } = "";

        public Ring? Next { get; set; }
    }
}
