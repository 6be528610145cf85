using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class TrajectoryExportTests
{
    private static async IAsyncEnumerable<Trajectory> Stream(params Trajectory[] trajectories)
    {
        await Task.CompletedTask;
        foreach (var trajectory in trajectories) yield return trajectory;
    }

    [Fact]
    public async Task WriteChatAsync_Reply_IsTheLastMessage()
    {
        using var writer = new StringWriter();
        var run = Make.Trajectory("t", [Make.Node("a", "coder", 0, "done"), Make.Node("b", "critic")]);
        Assert.Equal(1, await TrajectoryExport.WriteChatAsync(Stream(run), writer, (_, n) => n.Role == "coder"));
        using var json = JsonDocument.Parse(writer.ToString());
        Assert.Equal(
            ["system", "user", "assistant"], json.RootElement.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("role").GetString()!));
        Assert.Equal("done", json.RootElement.GetProperty("messages")[2].GetProperty("content").GetString());
        Assert.Equal("coder", json.RootElement.GetProperty("agent").GetString());
    }

    [Fact]
    public async Task WriteChatAsync_ToolCallsAndResults_AreKept()
    {
        var node = Make.Node("a", "coder") with
        {
            Input = [new(ChatRole.Tool, [new FunctionResultContent("1", "42")])],
            Output = [new(ChatRole.Assistant, [new FunctionCallContent("2", "add", new Dictionary<string, object?> { ["x"] = 1 })])],
        };
        using var writer = new StringWriter();
        await TrajectoryExport.WriteChatAsync(Stream(Make.Trajectory("t", [node])), writer);
        using var json = JsonDocument.Parse(writer.ToString());
        var messages = json.RootElement.GetProperty("messages");
        Assert.Equal(2, messages.GetArrayLength());
        Assert.Equal(["tool", "1", "42"], ((string[])["role", "tool_call_id", "content"]).Select(name => messages[0].GetProperty(name).GetString()));
        Assert.Equal("{\"x\":1}", messages[1].GetProperty("tool_calls")[0].GetProperty("function").GetProperty("arguments").GetString());
    }

    [Fact]
    public async Task WriteCsvAsync_Invocations_AreQuotedRowsWithReturns()
    {
        var failed = Make.Node("b", "critic", 1) with { Error = new("E", "a \"bad\", day") };
        var run = Make.Trajectory("t", [Make.Node("a", "coder"), failed], "g", Reward.ForTrajectory("outcome", 0.5));
        using var writer = new StringWriter();
        var count = await TrajectoryExport.WriteCsvAsync(
            Stream(run), writer, t => new RoleCredit().Assign(t).Select(r => KeyValuePair.Create(r.Node.Id, r.Return)));

        Assert.Equal(2, count);
        var lines = writer.ToString().Split("\r\n");
        Assert.EndsWith(",return", lines[0], StringComparison.Ordinal);
        Assert.Equal("t,w,g,g,0,Completed,a,coder,coder,0,0,,3,2,0,,0.5", lines[1]);
        Assert.EndsWith(",\"a \"\"bad\"\", day\",", lines[2], StringComparison.Ordinal);
    }
}
