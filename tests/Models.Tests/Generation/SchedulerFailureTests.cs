namespace AgentTeams.Tests;

public sealed class SchedulerFailureTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private readonly GatedEngine _engine = new();

    public void Dispose() => _engine.Dispose();

    [Fact]
    public async Task Enqueue_MemoryRanOutInAPass_FailsThatPassAndGoesOn()
    {
        using var scheduler = new GenerationScheduler("m", _engine, new FixedWeights(), new GenerationLimits(2, 10, 100));
        _engine.Failure = new InsufficientMemoryException("no memory");
        var (first, follower) = (scheduler.Enqueue(Request([1])), scheduler.Enqueue(Request([1])));
        _engine.Release(100);
        await Assert.ThrowsAsync<InsufficientMemoryException>(() => first.WaitAsync(s_patience));
        try
        {
            await follower.WaitAsync(s_patience);
        }
        catch (InsufficientMemoryException)
        {
            // It had joined the first before the pass began, or came after it.
        }

        Assert.Equal(3, (await scheduler.Enqueue(Request([1])).WaitAsync(s_patience)).Ids.Length);
    }

    [Fact]
    public async Task Enqueue_MoreFailuresThanPlaces_LosesNoPlace()
    {
        using var scheduler = new GenerationScheduler("m", _engine, new FixedWeights(), new GenerationLimits(1, 1, 100));
        _engine.Release(100);
        for (var i = 0; i < 3; i++)
        {
            _engine.Failure = new InsufficientMemoryException("no memory");
            await Assert.ThrowsAsync<InsufficientMemoryException>(() => scheduler.Enqueue(Request([1])).WaitAsync(s_patience));
        }

        Assert.Equal(3, (await scheduler.Enqueue(Request([1])).WaitAsync(s_patience)).Ids.Length);
    }

    [Fact]
    public async Task Dispose_FullQueue_TellsWhoWaitsForAPlace()
    {
        var scheduler = new GenerationScheduler("m", _engine, new FixedWeights(), new GenerationLimits(1, 1, 100));
        var running = scheduler.Enqueue(Request([1]));
        await _engine.BegunAsync();
        var queued = scheduler.Enqueue(Request([2]));
        var outside = scheduler.Enqueue(Request([3]));
        var disposal = Task.Run(scheduler.Dispose);
        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => outside.WaitAsync(s_patience));
        Assert.Contains("disposed", error.Message, StringComparison.Ordinal);
        _engine.Release(100);
        await disposal.WaitAsync(s_patience);
        foreach (var request in new[] { running, queued }) await Task.WhenAny(request).WaitAsync(s_patience);
    }

    private static GenerationRequest Request(int[] prompt) => new()
    {
        Policy = new("m"), PromptIds = prompt, MaxTokens = 3, Temperature = 1, Seed = 1, StopIds = [], CancellationToken = CancellationToken.None,
    };
}
