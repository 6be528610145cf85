using System.Collections.Concurrent;

namespace AgentTeams.Models;

/// <summary>Requests on their way to the scheduler's thread, in the order of their arrival. To enqueue waits while it is full.</summary>
internal sealed class AdmissionQueue(int capacity) : IDisposable
{
    private readonly BlockingCollection<GenerationRequest> _arrived = [];
    private readonly SemaphoreSlim _room = new(capacity);
    private readonly CancellationTokenSource _closed = new();

    /// <summary>Requests that were handed to the scheduler but could not join yet.</summary>
    public List<GenerationRequest> Waiting { get; } = [];

    public bool IsCompleted => _arrived.IsCompleted && Waiting.Count == 0;

    public async Task EnqueueAsync(GenerationRequest request)
    {
        try
        {
            if (!_room.Wait(0, request.CancellationToken)) await WaitForRoomAsync(request.CancellationToken).ConfigureAwait(false);
            _arrived.Add(request, CancellationToken.None);
        }
        catch (Exception e) when (_closed.IsCancellationRequested
            && e is InvalidOperationException or OperationCanceledException { CancellationToken.IsCancellationRequested: true }
            && !request.CancellationToken.IsCancellationRequested)
        {
            throw Disposed(e);
        }
    }

    private async Task WaitForRoomAsync(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closed.Token);
        await _room.WaitAsync(either.Token).ConfigureAwait(false);
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

    /// <summary>What a request is told that the model's disposal ended.</summary>
    public static AgentTeamsException Disposed(Exception? cause) => new("The model was disposed, so it answers no more. Load it again.", cause);

    /// <summary>Takes no more requests, and tells those who wait for a place.</summary>
    public void Complete()
    {
        _closed.Cancel();
        _arrived.CompleteAdding();
    }

    public void Dispose()
    {
        _closed.Dispose();
        // The semaphore stays: disposed, it would forget those who were just told that there is no place.
        _arrived.Dispose();
    }
}
