using System.Threading.Channels;

namespace AgentTeams.Tests;

public sealed class SchedulerStreamingTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Enqueue_WithASink_HandsOutEachIdBeforeTheNextPass()
    {
        using var engine = new GatedEngine();
        using var scheduler = new GenerationScheduler("m", engine, _ => 0, new GenerationLimits(1, 1, 100));
        var sink = Channel.CreateUnbounded<int>();
        var whole = scheduler.Enqueue(new()
        {
            Policy = new("m"), PromptIds = [1], MaxTokens = 3, Temperature = 1, Seed = 1, StopIds = [], Sink = sink.Writer, CancellationToken = CancellationToken.None,
        });
        var streamed = new List<int>();
        for (var pass = 0; pass < 3; pass++)
        {
            await engine.BegunAsync().WaitAsync(s_patience);
            Assert.False(sink.Reader.TryRead(out _));
            engine.Release(1);
            streamed.Add(await sink.Reader.ReadAsync().AsTask().WaitAsync(s_patience));
        }

        Assert.Equal((await whole.WaitAsync(s_patience)).Ids, streamed);
    }
}
