using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>How arguments arrive from clients whose models do not write them as the one object that they should be.</summary>
public sealed class CallArgumentsTests
{
    [Theory]
    [InlineData("""{"x":21}""")]
    [InlineData("\"{\\\"x\\\":21}\"")]
    public async Task Loop_ArgumentsAreAnObjectOrAStringThatHoldsOne_ToolGetsThem(string sent)
    {
        var result = await CallAsync(Helpers.Tool("double", (int x) => 2 * x), Sent("double", sent));

        Assert.Equal(("42", 21), (result.Result.ToString(), result.Arguments?.GetProperty("x").GetInt32()));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("\"null\"")]
    [InlineData("")]
    [InlineData("\"\"")]
    [InlineData("{}")]
    public async Task Loop_ArgumentsAreNullOrAbsent_AreNone(string sent)
    {
        var result = await CallAsync(Helpers.Tool("count", (int by = 7) => by), Sent("count", sent));

        Assert.Equal(("7", null), (result.Result.ToString(), result.Error));
    }

    [Fact]
    public async Task Loop_ClientKeepsNothingOfWhatWasSent_AToolWithoutParametersIsCalledAllTheSame()
    {
        var call = Sent("now", "");
        call.RawRepresentation = null;

        Assert.Equal("noon", (await CallAsync(Helpers.Tool("now", () => "noon"), call)).Result.ToString());
    }

    [Theory]
    [InlineData("{\"x\":")]
    [InlineData("[1]")]
    [InlineData("\"twenty\"")]
    public async Task Loop_ArgumentsCannotBeRead_AreRefused(string sent) =>
        Assert.Equal("MalformedArguments", (await CallAsync(Helpers.Tool("double", (int x) => 2 * x), Sent("double", sent))).Error?.Type);

    [Fact]
    public async Task Loop_OneArgumentIsAStringThatHoldsAnObject_ToolGetsTheObject()
    {
        var tool = new RawTool("""{"type":"object","properties":{"filter":{"type":"object"},"ids":{"type":["array","null"]},"note":{"type":"string"},"any":{}}}""");

        await CallAsync(tool, Sent(tool.Name, """{"filter":"{\"a\":1}","ids":"[1,2]","note":"{\"b\":2}","any":"[3]"}"""));

        Assert.Equal("""{"filter":{"a":1},"ids":[1,2],"note":"{\"b\":2}","any":"[3]"}""", JsonSerializer.Serialize(tool.Given, TrajectoryJson.Options));
    }

    /// <summary>As clients of OpenAI-compatible servers hand it over.</summary>
    private static FunctionCallContent Sent(string name, string arguments)
    {
        var call = FunctionCallContent.CreateFromParsedArguments(arguments, "c", name, static json => JsonSerializer.Deserialize<Dictionary<string, object?>>(json));
        call.RawRepresentation = arguments;
        return call;
    }

    private static async Task<TrajectoryNode> CallAsync(AIFunction tool, FunctionCallContent call)
    {
        using var client = new ScriptedChatClient(c => c.Index == 0 ? new ChatResponse(new ChatMessage(ChatRole.Assistant, [call])) : ScriptedReply.Say("done"));
        var result = await Helpers.OneRole(Helpers.Role("solo", tool)).RunAsync(new(), Helpers.Runtime(client));
        return result.Nodes[1];
    }

    private sealed class RawTool(string schema) : AIFunction
    {
        public override string Name => "raw";

        public override JsonElement JsonSchema { get; } = JsonElement.Parse(schema);

        public Dictionary<string, object?> Given { get; private set; } = [];

        protected override ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
        {
            Given = new(arguments);
            return new((object?)"ok");
        }
    }
}
