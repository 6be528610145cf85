namespace AgentTeams.Tests;

/// <summary>A pass is held while requests are cancelled, so nothing here depends on time but for how long a failure takes.</summary>
public sealed class SchedulerCancellationTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private readonly GatedEngine _engine = new();
    private readonly CancellationTokenSource _cancelled = new();

    public void Dispose()
    {
        _engine.Dispose();
        _cancelled.Dispose();
    }

    [Theory]
    [InlineData(1, "one that waits for a slot")]
    [InlineData(2, "one that is under way")]
    [InlineData(3, "one that waits for an equal prompt")]
    public async Task Enqueue_CancelledWhileAPassRuns_EndsAtOnce(int which, string what)
    {
        using var scheduler = new GenerationScheduler(what, _engine, new FixedWeights(), new GenerationLimits(which == 2 ? 2 : 1, 10, 100));
        var first = which == 2 ? Request([1], cancellationToken: _cancelled.Token) : Request([1]);
        var running = scheduler.Enqueue(first);
        await _engine.BegunAsync();
        var cancelled = which == 2 ? running : scheduler.Enqueue(Request(which == 3 ? [1] : [2], cancellationToken: _cancelled.Token));
        await _cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.WaitAsync(s_patience));
        _engine.Release(20);
        if (which != 2) Assert.Equal(3, (await running.WaitAsync(s_patience)).Ids.Length);
    }

    [Fact]
    public async Task Enqueue_FullQueue_CancelledRequestsGiveTheirPlacesToOthers()
    {
        using var scheduler = new GenerationScheduler("full", _engine, new FixedWeights(), new GenerationLimits(1, 2, 100));
        var running = scheduler.Enqueue(Request([1], tokens: 100));
        await _engine.BegunAsync();
        var waiting = new[] { scheduler.Enqueue(Request([2], cancellationToken: _cancelled.Token)), scheduler.Enqueue(Request([3], cancellationToken: _cancelled.Token)) };
        var outside = scheduler.Enqueue(Request([4]));
        await _cancelled.CancelAsync();
        foreach (var request in waiting) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request.WaitAsync(s_patience));
        var more = scheduler.Enqueue(Request([5]));
        // The first still has passes to go when the queue has room again for both.
        _engine.Release(120);
        Assert.Equal(100, (await running.WaitAsync(s_patience)).Ids.Length);
        Assert.Equal(3, (await outside.WaitAsync(s_patience)).Ids.Length);
        Assert.Equal(3, (await more.WaitAsync(s_patience)).Ids.Length);
    }

    private static GenerationRequest Request(int[] prompt, int tokens = 3, CancellationToken cancellationToken = default) => new()
    {
        Policy = new("m"), PromptIds = prompt, MaxTokens = tokens, Temperature = 1, Seed = 1, StopIds = [], CancellationToken = cancellationToken,
    };
}
