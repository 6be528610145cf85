using System.Runtime.CompilerServices;

namespace AgentTeams.Tests;

/// <summary>A store whose watches fail when a test says so.</summary>
internal sealed class WatchedContextStore(IContextStore inner) : IContextStore
{
    public TaskCompletionSource Watched { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Fail { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ValueTask<long> GetVersionAsync(string run, CancellationToken cancellationToken = default) => inner.GetVersionAsync(run, cancellationToken);

    public ValueTask<ContextEntry> WriteAsync(string run, ContextChange change, CancellationToken cancellationToken = default) => inner.WriteAsync(run, change, cancellationToken);

    public ValueTask<ContextEntry?> GetAsync(string run, string key, long? asOf = null, CancellationToken cancellationToken = default) => inner.GetAsync(run, key, asOf, cancellationToken);

    public ValueTask<IReadOnlyList<ContextEntry>> ListAsync(string run, string prefix = "", long? asOf = null, CancellationToken cancellationToken = default) => inner.ListAsync(run, prefix, asOf, cancellationToken);

    public ValueTask<IReadOnlyList<ContextEntry>> GetHistoryAsync(string run, string key, CancellationToken cancellationToken = default) => inner.GetHistoryAsync(run, key, cancellationToken);

    public async IAsyncEnumerable<ContextEntry> WatchAsync(string run, long after, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Watched.TrySetResult();
        await Fail.Task.WaitAsync(cancellationToken);
        if (Fail.Task.IsCompleted) throw new IOException("the disk is gone");
        yield break;
    }

    public ValueTask ForkAsync(string run, string parent, long asOf, CancellationToken cancellationToken = default) => inner.ForkAsync(run, parent, asOf, cancellationToken);

    public ValueTask<bool> DeleteRunAsync(string run, CancellationToken cancellationToken = default) => inner.DeleteRunAsync(run, cancellationToken);
}
