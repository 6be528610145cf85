using System.Text;
using System.Text.Json;
using CsCheck;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>What a conversation repeats is written once.</summary>
public sealed class SharedInputTests
{
    [Fact]
    public void Serialize_ToolLoop_GrowsWithItsRoundsAndReadsBackWhole()
    {
        var sizes = new[] { 20, 40, 80 }.Select(rounds => TrajectoryJson.Serialize(Loop(rounds)).Length).ToList();

        Assert.InRange((double)(sizes[2] - sizes[1]) / (sizes[1] - sizes[0]), 1.9, 2.1);
        AssertSame(Loop(20), TrajectoryJson.Deserialize(TrajectoryJson.Serialize(Loop(20))));
    }

    [Fact]
    public void Serialize_EqualMessagesThatAreOtherObjects_AreSharedToo()
    {
        // As frameworks do that convert the whole conversation before each call.
        var copied = JsonSerializer.Deserialize<Trajectory>(JsonSerializer.SerializeToUtf8Bytes(Loop(10), TrajectoryJson.Options), TrajectoryJson.Options)!;
        copied = copied with { Nodes = [.. copied.Nodes.Select(n => n with { Input = [.. n.Input.Select(m => m.Clone())] })] };

        Assert.Equal(TrajectoryJson.Serialize(Loop(10)).Length, TrajectoryJson.Serialize(copied).Length);
        AssertSame(Loop(10), TrajectoryJson.Deserialize(TrajectoryJson.Serialize(copied)));
    }

    [Fact]
    public void Deserialize_LineOfTheFirstSchema_IsRead()
    {
        var line = """{"schemaVersion":1,"id":"t","workflow":"w","task":"p","group":"p","status":"completed","nodes":[{"id":"a","kind":"role","name":"a","role":"a","input":[{"role":"user","contents":[{"$type":"text","text":"hi"}]}]}],"rewards":[]}""";

        Assert.Equal("hi", TrajectoryJson.Deserialize(Encoding.UTF8.GetBytes(line)).Nodes[0].Input[0].Text);
    }

    [Theory]
    [InlineData("\"node\":\"solo/call-0\"", "\"node\":\"ghost\"")]
    [InlineData("\"messages\":3", "\"messages\":99")]
    [InlineData("\"tokens\":6", "\"tokens\":-1")]
    public void Deserialize_SharedInputThatDoesNotFit_SaysSo(string written, string damaged)
    {
        var text = Encoding.UTF8.GetString(TrajectoryJson.Serialize(Loop(2)));
        Assert.Contains(written, text, StringComparison.Ordinal);

        Assert.Contains("damaged", Assert.Throws<AgentTeamsException>(() => TrajectoryJson.Deserialize(Encoding.UTF8.GetBytes(text.Replace(written, damaged, StringComparison.Ordinal)))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Serialize_AnyConversations_ReadBackWhole()
    {
        // Few texts and ids, so that prefixes are shared, broken and longer than what they are shared with.
        var message = Gen.Select(Gen.Int[0, 1], Gen.Bool).Select((text, isUser) => new ChatMessage(isUser ? ChatRole.User : ChatRole.Assistant, $"text {text}"));
        var node = Gen.Select(Gen.Int[0, 1], message.Array[0, 4], message.Array[0, 2], Gen.Int[0, 1].Array[1, 5], Gen.Int[0, 1].Array[0, 2]).Select((role, input, output, prompt, completion) => new TrajectoryNode
        {
            Id = "", Kind = NodeKind.Role, Name = "n", Role = $"role {role}", Input = [.. input], Output = [.. output], Tokens = completion.Length == 0 ? null : Trace(prompt, completion),
        });
        node.Array[0, 6].Sample(nodes =>
        {
            var trajectory = Loop(0) with { Nodes = [.. nodes.Select((n, i) => n with { Id = $"n{i}" })] };
            AssertSame(trajectory, TrajectoryJson.Deserialize(TrajectoryJson.Serialize(trajectory)));
        }, iter: 500);
    }

    private static void AssertSame(Trajectory expected, Trajectory actual)
    {
        Assert.Equal(expected.Nodes.Length, actual.Nodes.Length);
        foreach (var (e, a) in expected.Nodes.Zip(actual.Nodes))
        {
            Assert.Equal(JsonSerializer.Serialize(e, TrajectoryJson.Options), JsonSerializer.Serialize(a, TrajectoryJson.Options));
            Assert.Equal(e.Tokens?.PromptIds, a.Tokens?.PromptIds);
        }
    }

    /// <summary>A role that calls a tool so often, and a memory that goes on.</summary>
    private static Trajectory Loop(int rounds)
    {
        List<ChatMessage> said = [new(ChatRole.System, "Compute."), new(ChatRole.User, "A question.")];
        List<int> ids = [1, 2, 3, 4];
        var nodes = new List<TrajectoryNode>();
        for (var round = 0; round < rounds; round++)
        {
            ChatMessage call = new(ChatRole.Assistant, [new FunctionCallContent($"c{round}", "double", new Dictionary<string, object?> { ["x"] = round })]);
            nodes.Add(new() { Id = $"solo/call-{round}", Kind = NodeKind.Role, Name = "solo", Role = "solo", Input = [.. said], Output = [call], Tokens = Trace([.. ids], [5, 6]) });
            nodes.Add(new() { Id = $"solo/tool-{round}", Kind = NodeKind.Tool, Name = "solo", Role = "solo", ToolName = "double", Parents = [$"solo/call-{round}"] });
            said.AddRange([call, new(ChatRole.Tool, [new FunctionResultContent($"c{round}", 2 * round)])]);
            ids.AddRange([5, 6, 7]);
        }

        return new() { Id = "t", WorkflowName = "w", TaskId = "p", GroupId = "p", Status = TrajectoryStatus.Completed, Nodes = [.. nodes] };
    }

    private static TokenTrace Trace(int[] prompt, int[] completion) => new()
    {
        PromptIds = prompt, CompletionIds = completion, LogProbs = [.. completion.Select(_ => -1f)], Policy = new("m"), WeightsVersion = 0, Temperature = 1,
    };
}
