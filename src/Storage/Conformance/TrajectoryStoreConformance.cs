using System.Text;
using Microsoft.Extensions.AI;

namespace AgentTeams.Storage;

/// <summary>
/// What every <see cref="ITrajectoryStore"/> promises, as checks that need no test framework: run them against a store of your own.
/// </summary>
/// <example>
/// <code>
/// [Fact] public Task MyStore_Conforms() => TrajectoryStoreConformance.RunAsync(name => MyStore.OpenAsync(Path.Combine(folder, name)));
/// </code>
/// </example>
public static class TrajectoryStoreConformance
{
    private static readonly Dictionary<string, Func<Func<Task<ITrajectoryStore>>, Task>> Checks = new(StringComparer.Ordinal)
    {
        ["a trajectory comes back as it was"] = RoundTripAsync,
        ["trajectories are read in the order in which they were appended"] = OrderAsync,
        ["an id that is stored is left as it is"] = TwiceAsync,
        ["an id that is not stored is not found"] = UnknownAsync,
        ["rewards are replaced, and nothing else"] = RewardsAsync,
        ["concurrent appends lose nothing"] = ConcurrentAsync,
        ["a store that is opened again holds everything"] = ReopenAsync,
        ["a cancelled append writes nothing"] = CancelledAsync,
        ["a large trajectory is kept whole"] = LargeAsync,
    };

    /// <summary>The promises, in words.</summary>
    public static IReadOnlyCollection<string> Promises => Checks.Keys;

    /// <summary>Checks every promise, each on a store of its own.</summary>
    /// <param name="open">Opens the store of a name, an empty one the first time; a store that is disposable is disposed before it is opened again.</param>
    /// <exception cref="AgentTeamsException">Lists the promises that the store breaks.</exception>
    public static async Task RunAsync(Func<string, Task<ITrajectoryStore>> open)
    {
        ArgumentNullException.ThrowIfNull(open);
        var broken = new List<string>();
        foreach (var (promise, number) in Promises.Select((p, i) => (p, i)))
        {
            try
            {
                await RunAsync(promise, () => open($"store-{number}")).ConfigureAwait(false);
            }
            catch (AgentTeamsException e)
            {
                broken.Add(e.Message);
            }
        }

        if (broken.Count > 0) throw new AgentTeamsException($"The store breaks {broken.Count} of {Checks.Count} promises: {string.Join(" ", broken)}");
    }

    /// <summary>Checks one promise.</summary>
    /// <param name="promise">One of <see cref="Promises"/>.</param>
    /// <param name="open">Opens one store, an empty one the first time.</param>
    /// <exception cref="AgentTeamsException">The store breaks the promise, or there is no such promise.</exception>
    public static async Task RunAsync(string promise, Func<Task<ITrajectoryStore>> open)
    {
        ArgumentNullException.ThrowIfNull(promise);
        ArgumentNullException.ThrowIfNull(open);
        if (!Checks.TryGetValue(promise, out var check)) throw new AgentTeamsException($"There is no promise '{promise}'. Name one of Promises.");
        try
        {
            await check(open).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new AgentTeamsException($"'{promise}' does not hold: {e.Message}", e);
        }
    }

    private static Task RoundTripAsync(Func<Task<ITrajectoryStore>> open) => WithAsync(open, async store =>
    {
        var given = Example("a") with { Rewards = [Reward.ForRole("coder", "style", 0.25), Reward.ForTurn(1, "coder", "delta", 0.5), Reward.ForTokens("coder", 3, "step", -0.5)] };
        True(await store.AppendAsync(given).ConfigureAwait(false), "AppendAsync says that a new id was stored already.");
        Equal(given, await store.FindAsync("a").ConfigureAwait(false));
    });

    private static Task OrderAsync(Func<Task<ITrajectoryStore>> open) => WithAsync(open, async store =>
    {
        await store.AppendAsync([Example("b"), Example("a")]).ConfigureAwait(false);
        await store.AppendAsync(Example("c")).ConfigureAwait(false);
        await ExpectAsync(store, "b a c").ConfigureAwait(false);
    });

    private static Task TwiceAsync(Func<Task<ITrajectoryStore>> open) => WithAsync(open, async store =>
    {
        await store.AppendAsync(Example("a")).ConfigureAwait(false);
        True(!await store.AppendAsync(Example("a") with { Outcome = "other" }).ConfigureAwait(false), "AppendAsync says that it added an id that was stored.");
        var added = await store.AppendAsync([Example("a"), Example("b"), Example("b")]).ConfigureAwait(false);
        True(added == 1, $"AppendAsync added {added} of a batch with one new id.");
        Equal(Example("a"), await store.FindAsync("a").ConfigureAwait(false));
        await ExpectAsync(store, "a b").ConfigureAwait(false);
    });

    private static Task UnknownAsync(Func<Task<ITrajectoryStore>> open) => WithAsync(open, async store =>
    {
        True(await store.FindAsync("nobody").ConfigureAwait(false) is null, "FindAsync found what was never stored.");
        await ExpectAsync(store, "").ConfigureAwait(false);
    });

    private static Task RewardsAsync(Func<Task<ITrajectoryStore>> open) => WithAsync(open, async store =>
    {
        await store.AppendAsync([Example("a"), Example("b")]).ConfigureAwait(false);
        foreach (var value in (double[])[0.5, 1])
        {
            var scored = Example("a") with { Outcome = "not read", Rewards = [Reward.ForTrajectory("outcome", value), Reward.ForTokens("coder", 1, "step", value)] };
            await store.SetRewardsAsync([scored, Example("nobody") with { Rewards = scored.Rewards }]).ConfigureAwait(false);
            Equal(Example("a") with { Rewards = scored.Rewards }, await store.FindAsync("a").ConfigureAwait(false));
        }

        Equal(Example("b"), await store.FindAsync("b").ConfigureAwait(false));
        True(await store.FindAsync("nobody").ConfigureAwait(false) is null, "Rewards of an id that is not stored made one.");
    });

    private static Task ConcurrentAsync(Func<Task<ITrajectoryStore>> open) => WithAsync(open, async store =>
    {
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(() => store.AppendAsync(Example($"t{i:000}"))))).ConfigureAwait(false);
        var read = await store.ReadAllAsync().Select(t => t.Id).Order(StringComparer.Ordinal).ToListAsync().ConfigureAwait(false);
        True(read.SequenceEqual(Enumerable.Range(0, 100).Select(i => $"t{i:000}")), $"{read.Count} of 100 are there.");
    });

    private static async Task ReopenAsync(Func<Task<ITrajectoryStore>> open)
    {
        var scored = Example("a") with { Rewards = [Reward.ForTrajectory("outcome", 1)] };
        await WithAsync(open, async store =>
        {
            await store.AppendAsync([Example("a"), Example("b")]).ConfigureAwait(false);
            await store.SetRewardsAsync([scored]).ConfigureAwait(false);
        }).ConfigureAwait(false);
        await WithAsync(open, async store =>
        {
            Equal(scored, await store.FindAsync("a").ConfigureAwait(false));
            await store.AppendAsync(Example("c")).ConfigureAwait(false);
            await ExpectAsync(store, "a b c").ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    private static Task CancelledAsync(Func<Task<ITrajectoryStore>> open) => WithAsync(open, async store =>
    {
        try
        {
            await store.AppendAsync(Example("a"), new CancellationToken(canceled: true)).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await ExpectAsync(store, "").ConfigureAwait(false);
            return;
        }

        throw new AgentTeamsException("Nothing was thrown.");
    });

    private static Task LargeAsync(Func<Task<ITrajectoryStore>> open) => WithAsync(open, async store =>
    {
        var large = Example("large") with { Outcome = string.Concat(Enumerable.Range(0, 400_000).Select(i => $"{i} ")) };
        await store.AppendAsync([Example("a"), large, Example("b")]).ConfigureAwait(false);
        Equal(large, await store.FindAsync("large").ConfigureAwait(false));
        await ExpectAsync(store, "a large b").ConfigureAwait(false);
    });

    private static async Task WithAsync(Func<Task<ITrajectoryStore>> open, Func<ITrajectoryStore, Task> check)
    {
        var store = await open().ConfigureAwait(false);
        try
        {
            await check(store).ConfigureAwait(false);
        }
        finally
        {
            (store as IDisposable)?.Dispose();
        }
    }

    private static async Task ExpectAsync(ITrajectoryStore store, string ids)
    {
        var read = string.Join(' ', await store.ReadAllAsync().Select(t => t.Id).ToListAsync().ConfigureAwait(false));
        True(read == ids, $"Expected '{ids}', found '{read}'.");
    }

    private static Trajectory Example(string id) => new()
    {
        Id = id, WorkflowName = "plan-code", TaskId = "task \u00FC", GroupId = "group", Key = new SeedKey(long.MaxValue, "rl", 3, "task", 1), Status = TrajectoryStatus.Completed, Outcome = "12",
        Usage = new(10, 2),
        Nodes =
        [
            new()
            {
                Id = "coder", Kind = NodeKind.Role, Name = "coder", Role = "coder", Parents = [], Input = [new(ChatRole.User, "2 * 6")], Output = [new(ChatRole.Assistant, "12")],
                Usage = new(10, 2), Tokens = new() { PromptIds = [1, 2], CompletionIds = [3, 4], LogProbs = [-0.1f, -1e-8f], Policy = new("tiny", "coder"), WeightsVersion = 7, Temperature = 1 },
            },
        ],
    };

    private static void Equal(Trajectory expected, Trajectory? actual)
    {
        True(actual is not null, $"'{expected.Id}' is not found.");
        var (given, read) = (Encoding.UTF8.GetString(TrajectoryJson.Serialize(expected)), Encoding.UTF8.GetString(TrajectoryJson.Serialize(actual!)));
        True(given == read, $"'{expected.Id}' came back otherwise: {(read.Length <= 2000 ? read : $"{read.Length} characters instead of {given.Length}")}.");
    }

    private static void True(bool holds, string message)
    {
        if (!holds) throw new AgentTeamsException(message);
    }
}
