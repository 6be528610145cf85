using System.Collections.Concurrent;

namespace AgentTeams;

/// <summary>Requests on their way to the scheduler's thread, in the order of their arrival. To enqueue waits while it is full.</summary>
internal sealed class AdmissionQueue(int capacity) : IDisposable
{
    private readonly BlockingCollection<GenerationRequest> _arrived = [];
    private readonly SemaphoreSlim _room = new(capacity);

    /// <summary>Requests that were handed to the scheduler but could not join yet.</summary>
    public List<GenerationRequest> Waiting { get; } = [];

    public bool IsCompleted => _arrived.IsCompleted && Waiting.Count == 0;

    public async Task EnqueueAsync(GenerationRequest request)
    {
        await _room.WaitAsync(request.CancellationToken).ConfigureAwait(false);
        try
        {
            _arrived.Add(request, CancellationToken.None);
        }
        catch (InvalidOperationException e)
        {
            _room.Release();
            throw new AgentTeamsException("The model was disposed, or its engine failed before. Load it again.", e);
        }
    }

    /// <summary>Moves all that arrived to those waiting.</summary>
    /// <param name="block">Whether to wait for one.</param>
    /// <param name="stop">Ends the wait.</param>
    public void Collect(bool block, CancellationToken stop)
    {
        if (block && Waiting.Count == 0) Waiting.Add(_arrived.Take(stop));
        while (_arrived.TryTake(out var request)) Waiting.Add(request);
    }

    /// <summary>Puts a request that could not join after all back in front.</summary>
    public void Return(GenerationRequest request) => Waiting.Insert(0, request);

    /// <summary>Forgets the cancelled requests of a list that wait for their turn, which gives their places to others.</summary>
    public void DropCancelled(List<GenerationRequest> requests)
    {
        var dropped = requests.RemoveAll(static request => request.CancellationToken.IsCancellationRequested);
        if (dropped > 0) _room.Release(dropped);
    }

    /// <summary>A request left the queue for good.</summary>
    public void Left() => _room.Release();

    public void Complete() => _arrived.CompleteAdding();

    public void Dispose()
    {
        _arrived.Dispose();
        _room.Dispose();
    }
}
