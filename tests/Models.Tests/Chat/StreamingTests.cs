using System.Threading.Channels;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class StreamingTests
{
    [Fact]
    public async Task GetStreamingResponse_EachIdSampled_ReachesTheReaderBeforeTheNext()
    {
        var generator = new SteppedGenerator();
        using var client = new LocalChatClient(new("m"), TestTokenizer.Instance, new MinimalChatTemplate(), TestTokenizer.StopIds, 10, 100, generator);
        await using var updates = client.GetStreamingResponseAsync([new(ChatRole.User, "q")]).GetAsyncEnumerator();
        var sampled = TestTokenizer.Instance.Encode("xyz");
        var text = "";
        foreach (var id in sampled)
        {
            var next = updates.MoveNextAsync();
            Assert.True(generator.Sink.TryWrite(id));
            Assert.True(await next);
            text += updates.Current.Text;
            Assert.Null(updates.Current.FinishReason);
        }

        Assert.Equal("xyz", text);
        Assert.True(sampled.Length > 1);
        var last = updates.MoveNextAsync();
        Assert.False(last.IsCompleted);
        generator.Finish([.. sampled, .. TestTokenizer.StopIds]);
        Assert.True(await last);
        Assert.Equal(ChatFinishReason.Stop, updates.Current.FinishReason);
        Assert.False(await updates.MoveNextAsync());
    }

    /// <summary>Samples when the test says so.</summary>
    private sealed class SteppedGenerator : IGenerator
    {
        private GenerationRequest? _request;

        public ChannelWriter<int> Sink => _request!.Sink!;

        public Task<GenerationResult> Enqueue(GenerationRequest request)
        {
            _request = request;
            return request.Completion.Task;
        }

        public void Finish(int[] ids) => _request!.Completion.SetResult(new(ids, new float[ids.Length], Stopped: true, WeightsVersion: 0));
    }
}
