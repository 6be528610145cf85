using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class RecordingChatClientTests
{
    private static readonly AIFunction Double = Helpers.Tool("double", (int x) => 2 * x);

    [Fact]
    public async Task GetResponse_BelowALoopOfItsOwn_EachTurnIsANode()
    {
        using var model = Script(ScriptedReply.CallTool("double", new { x = 21 }), ScriptedReply.Say("42!"));
        using var looping = new LoopingClient(new RecordingChatClient(model), _ => 42);

        var result = await Helpers.OneRole(Helpers.Role("solo", Double)).RunAsync(new(), Helpers.Runtime(looping));

        Assert.Equal("42!", result.State.Log);
        Assert.Equal(["solo/call-0", "solo/tool-0", "solo/call-1"], result.Nodes.Select(n => n.Id));
        Assert.Equal([[], ["solo/call-0"], ["solo/tool-0"]], result.Nodes.Select(n => n.Parents.ToArray()));
        Assert.Equal("42", result.Nodes[1].Result.ToString());
        Assert.Equal([1, 3], [result.Nodes[0].Input.Length, result.Nodes[2].Input.Length]);
        Assert.Equal(2, model.Calls.Select(c => c.Options.Seed).Distinct().Count());
        Assert.DoesNotContain(model.Calls, c => c.Options.Seed is null);
    }

    [Fact]
    public async Task GetResponse_WithoutALoop_RecordsWhatThePlainClientWould()
    {
        async Task<IEnumerable<string>> Nodes(Func<IChatClient, IChatClient> wrap)
        {
            using var model = Script(ScriptedReply.CallTool("double", new { x = 1 }), ScriptedReply.Say("2"));
            using var client = wrap(model);
            var result = await Helpers.OneRole(Helpers.Role("solo", Double)).RunAsync(new(), Helpers.Runtime(client));
            return result.Nodes.Select(n => $"{n.Id} {string.Join(',', n.Parents)} {n.Text} {n.Result} {n.Input.Length} {n.Usage}");
        }

        Assert.Equal(await Nodes(c => c), await Nodes(c => new RecordingChatClient(c)));
    }

    [Fact]
    public async Task GetResponse_LoopFailsInItsSecondTurn_KeepsTheFirst()
    {
        using var model = Script(ScriptedReply.CallTool("double", new { x = 21 }));
        using var looping = new LoopingClient(new RecordingChatClient(model), _ => 42);

        var events = await Helpers.OneRole(Helpers.Role("solo", Double)).StreamAsync(new(), Helpers.Runtime(looping)).ReadAsync();

        Assert.Equal([null, null, "IOException"], events.Nodes().Select(n => n.Error?.Type));
        Assert.IsType<WorkflowFailed>(events[^1]);
    }

    [Fact]
    public async Task GetStreamingResponse_NothingRecorded_PassesThrough()
    {
        using var model = Script(ScriptedReply.Say("hello"));
        using var client = new RecordingChatClient(model);

        var text = "";
        await foreach (var update in client.GetStreamingResponseAsync("hi")) text += update.Text;

        Assert.Equal("hello", text);
        Assert.Null(model.Calls.Single().Options.Seed);
    }

    [Fact]
    public void GetService_InnerHasNoMetadata_StillGivesSome()
    {
        using var client = new RecordingChatClient(new LoopingClient(new ScriptedChatClient(""), _ => null));

        Assert.NotNull(client.GetService(typeof(ChatClientMetadata)));
    }

    private static ScriptedChatClient Script(params ScriptedReply[] answers) =>
        new(call => call.Index < answers.Length ? answers[call.Index] : ScriptedReply.Fail(new IOException("gone")));

    /// <summary>Runs tools itself, as the clients of other frameworks do, and returns everything that was said.</summary>
    private sealed class LoopingClient(IChatClient inner, Func<FunctionCallContent, object?> tool) : IChatClient
    {
        public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            List<ChatMessage> all = [.. messages], said = [];
            while (true)
            {
                var response = await inner.GetResponseAsync(all, options, cancellationToken);
                said.AddRange(response.Messages);
                var calls = response.Messages.SelectMany(m => m.Contents).OfType<FunctionCallContent>().ToList();
                if (calls.Count == 0)
                {
                    // As FunctionInvokingChatClient does.
                    response.Messages = said;
                    return response;
                }

                said.Add(new(ChatRole.Tool, [.. calls.Select(c => new FunctionResultContent(c.CallId, tool(c)))]));
                all.AddRange(said[^2..]);
            }
        }

        public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            foreach (var update in (await GetResponseAsync(messages, options, cancellationToken)).ToChatResponseUpdates()) yield return update;
        }

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose() => inner.Dispose();
    }
}
