namespace AgentTeams.Storage;

/// <summary>
/// What every <see cref="ICheckpointStore"/> promises, as checks that need no test framework: run them against a store of your own.
/// </summary>
/// <example>
/// <code>
/// [Fact] public Task MyStore_Conforms() =>
///     CheckpointStoreConformance.RunAsync(() => new MyStore(NewFolder()), store => new MyStore(((MyStore)store).Folder));
/// </code>
/// </example>
public static class CheckpointStoreConformance
{
    /// <summary>The promises of one store object, in words.</summary>
    public static IReadOnlyCollection<string> Promises => CheckpointStoreChecks.OfOne.Keys;

    /// <summary>The promises of a store whose data another object, as another process has, can be opened on.</summary>
    public static IReadOnlyCollection<string> PromisesOfTwo => CheckpointStoreChecks.OfTwo.Keys;

    /// <summary>Checks every promise, each on a store of its own.</summary>
    /// <param name="newStore">Makes an empty store.</param>
    /// <param name="another">Makes a second object on the data of a store; null for a store that cannot be opened twice.</param>
    /// <exception cref="AgentTeamsException">Lists the promises that the store breaks.</exception>
    public static async Task RunAsync(Func<ICheckpointStore> newStore, Func<ICheckpointStore, ICheckpointStore>? another = null)
    {
        ArgumentNullException.ThrowIfNull(newStore);
        var broken = new List<string>();
        foreach (var promise in Promises)
        {
            try
            {
                await RunAsync(promise, newStore()).ConfigureAwait(false);
            }
            catch (AgentTeamsException e)
            {
                broken.Add(e.Message);
            }
        }

        foreach (var promise in another is null ? [] : PromisesOfTwo)
        {
            try
            {
                var store = newStore();
                await RunAsync(promise, store, another!(store)).ConfigureAwait(false);
            }
            catch (AgentTeamsException e)
            {
                broken.Add(e.Message);
            }
        }

        var promises = Promises.Count + (another is null ? 0 : PromisesOfTwo.Count);
        if (broken.Count > 0) throw new AgentTeamsException($"The store breaks {broken.Count} of {promises} promises: {string.Join(" ", broken)}");
    }

    /// <summary>Checks one promise.</summary>
    /// <param name="promise">One of <see cref="Promises"/>.</param>
    /// <param name="store">An empty store.</param>
    /// <exception cref="AgentTeamsException">The store breaks the promise, or there is no such promise.</exception>
    public static async Task RunAsync(string promise, ICheckpointStore store)
    {
        ArgumentNullException.ThrowIfNull(promise);
        ArgumentNullException.ThrowIfNull(store);
        if (!CheckpointStoreChecks.OfOne.TryGetValue(promise, out var check))
            throw new AgentTeamsException($"There is no promise '{promise}'. Name one of Promises.");
        await NamingAsync(promise, store, () => check(store)).ConfigureAwait(false);
    }

    /// <summary>Checks one promise of two objects on the same data.</summary>
    /// <param name="promise">One of <see cref="PromisesOfTwo"/>.</param>
    /// <param name="store">An empty store.</param>
    /// <param name="another">A second object on its data.</param>
    /// <exception cref="AgentTeamsException">The store breaks the promise, or there is no such promise.</exception>
    public static async Task RunAsync(string promise, ICheckpointStore store, ICheckpointStore another)
    {
        ArgumentNullException.ThrowIfNull(promise);
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(another);
        if (!CheckpointStoreChecks.OfTwo.TryGetValue(promise, out var check))
            throw new AgentTeamsException($"There is no promise '{promise}'. Name one of PromisesOfTwo.");
        await NamingAsync(promise, store, () => check(store, another)).ConfigureAwait(false);
    }

    private static async Task NamingAsync(string promise, ICheckpointStore store, Func<Task> check)
    {
        try
        {
            await check().ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new AgentTeamsException($"'{promise}' does not hold for {store.GetType().Name}: {e.Message}", e);
        }
    }
}
