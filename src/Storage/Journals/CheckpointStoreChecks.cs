using System.Text;

namespace AgentTeams.Storage;

/// <summary>The checks of <see cref="CheckpointStoreConformance"/>, by what they hold a store to.</summary>
internal static class CheckpointStoreChecks
{
    public static readonly Dictionary<string, Func<ICheckpointStore, Task>> OfOne = new(StringComparer.Ordinal)
    {
        ["records come back whole and in order"] = RoundTripAsync,
        ["a reopened journal has what was appended before"] = ReopenAsync,
        ["a run that is not stored has no records"] = UnknownAsync,
        ["a run has one writer"] = OneWriterAsync,
        ["others read while a writer appends"] = ReadMeanwhileAsync,
        ["concurrent appends lose nothing"] = ConcurrentAsync,
        ["runs are listed in order and deleted"] = ListAndDeleteAsync,
        ["ids that are not valid are refused"] = IdsAsync,
        ["ids that look alike are different runs"] = LookAlikesAsync,
        ["a large record is kept whole"] = LargeAsync,
        ["a cancelled append writes nothing"] = CancelledAsync,
        ["what was handed out does not change"] = CopiesAsync,
        ["what is no JSON object is refused"] = NoObjectAsync,
    };

    public static readonly Dictionary<string, Func<ICheckpointStore, ICheckpointStore, Task>> OfTwo = new(StringComparer.Ordinal)
    {
        ["a second object sees what was appended through the first"] = SeenByAnotherAsync,
        ["a run that another object writes is refused until it is closed"] = OneWriterOfTwoAsync,
    };

    private static async Task SeenByAnotherAsync(ICheckpointStore store, ICheckpointStore another)
    {
        await AppendAsync(store, "run", """{"i":0}""").ConfigureAwait(false);
        await ExpectAsync(another, "run", """{"i":0}""").ConfigureAwait(false);
        await AppendAsync(another, "run", """{"i":1}""").ConfigureAwait(false);
        await ExpectAsync(store, "run", """{"i":0}""", """{"i":1}""").ConfigureAwait(false);
        Equal("run", string.Join(' ', await another.ListAsync().ToListAsync().ConfigureAwait(false)));
    }

    private static async Task OneWriterOfTwoAsync(ICheckpointStore store, ICheckpointStore another)
    {
        var first = await store.OpenAsync("run").ConfigureAwait(false);
        await first.AppendAsync(Bytes("""{"i":0}""")).ConfigureAwait(false);
        await ThrowsAsync<JournalInUseException>(() => another.OpenAsync("run")).ConfigureAwait(false);
        await ThrowsAsync<JournalInUseException>(() => another.DeleteAsync("run")).ConfigureAwait(false);
        await first.AppendAsync(Bytes("""{"i":1}""")).ConfigureAwait(false);
        await first.DisposeAsync().ConfigureAwait(false);
        var second = await another.OpenAsync("run").ConfigureAwait(false);
        await using (second.ConfigureAwait(false)) Equal("""{"i":0} {"i":1}""", string.Join(' ', second.Records.Select(Text)));
        True(await another.DeleteAsync("run").ConfigureAwait(false), "DeleteAsync says that a stored run was not stored.");
        await AppendAsync(store, "run", """{"i":2}""").ConfigureAwait(false);
        await ExpectAsync(another, "run", """{"i":2}""").ConfigureAwait(false);
    }

    private static async Task RoundTripAsync(ICheckpointStore store)
    {
        string[] records = [.. Enumerable.Range(0, 50).Select(i => $$"""{"i":{{i}},"text":"ü {{new string('x', i)}}"}""")];
        await AppendAsync(store, "run", records).ConfigureAwait(false);
        await ExpectAsync(store, "run", records).ConfigureAwait(false);
    }

    private static async Task ReopenAsync(ICheckpointStore store)
    {
        await AppendAsync(store, "run", """{"i":0}""").ConfigureAwait(false);
        await AppendAsync(store, "run", """{"i":1}""").ConfigureAwait(false);
        var journal = await store.OpenAsync("run").ConfigureAwait(false);
        await using (journal.ConfigureAwait(false)) Equal("""{"i":0} {"i":1}""", string.Join(' ', journal.Records.Select(Text)));
    }

    private static async Task UnknownAsync(ICheckpointStore store)
    {
        await ExpectAsync(store, "nobody").ConfigureAwait(false);
        True(!await store.DeleteAsync("nobody").ConfigureAwait(false), "DeleteAsync says that it deleted a run that is not stored.");
    }

    private static async Task OneWriterAsync(ICheckpointStore store)
    {
        var first = await store.OpenAsync("run").ConfigureAwait(false);
        await first.AppendAsync(Bytes("""{"i":0}""")).ConfigureAwait(false);
        await ThrowsAsync<JournalInUseException>(() => store.OpenAsync("run")).ConfigureAwait(false);
        await ThrowsAsync<JournalInUseException>(() => store.DeleteAsync("run")).ConfigureAwait(false);
        await first.DisposeAsync().ConfigureAwait(false);
        await AppendAsync(store, "run", """{"i":1}""").ConfigureAwait(false);
        await ExpectAsync(store, "run", """{"i":0}""", """{"i":1}""").ConfigureAwait(false);
    }

    private static async Task ReadMeanwhileAsync(ICheckpointStore store)
    {
        var journal = await store.OpenAsync("run").ConfigureAwait(false);
        await using (journal.ConfigureAwait(false))
        {
            for (var i = 0; i < 3; i++)
            {
                await journal.AppendAsync(Bytes($$"""{"i":{{i}}}""")).ConfigureAwait(false);
                await ExpectAsync(store, "run", [.. Enumerable.Range(0, i + 1).Select(n => $$"""{"i":{{n}}}""")]).ConfigureAwait(false);
            }
        }
    }

    private static async Task ConcurrentAsync(ICheckpointStore store)
    {
        var journal = await store.OpenAsync("run").ConfigureAwait(false);
        await using (journal.ConfigureAwait(false))
        {
            var records = Enumerable.Range(0, 200).Select(i => Bytes($$"""{"i":{{i}}}"""));
            await Task.WhenAll(records.Select(r => Task.Run(async () => await journal.AppendAsync(r).ConfigureAwait(false)))).ConfigureAwait(false);
        }

        var read = await store.ReadAsync("run").Select(Text).Order(StringComparer.Ordinal).ToListAsync().ConfigureAwait(false);
        Equal(string.Join(' ', Enumerable.Range(0, 200).Select(i => $$"""{"i":{{i}}}""").Order(StringComparer.Ordinal)), string.Join(' ', read));
    }

    private static async Task ListAndDeleteAsync(ICheckpointStore store)
    {
        foreach (var id in (string[])["b", "a", "c"]) await AppendAsync(store, id, """{"i":0}""").ConfigureAwait(false);
        True(await store.DeleteAsync("b").ConfigureAwait(false), "DeleteAsync says that a stored run was not stored.");
        Equal("a c", string.Join(' ', await store.ListAsync().ToListAsync().ConfigureAwait(false)));
        await ExpectAsync(store, "b").ConfigureAwait(false);
    }

    private static async Task IdsAsync(ICheckpointStore store)
    {
        foreach (var id in (string[])["", "a/b", "..\\x", "a b", "ä", new string('x', 101)])
            await ThrowsAsync<AgentTeamsException>(() => store.OpenAsync(id)).ConfigureAwait(false);
        string[] longest = [new string('X', 100), new string('x', 100)];
        foreach (var id in longest) await AppendAsync(store, id, """{"i":0}""").ConfigureAwait(false);
        Equal(string.Join(' ', longest), string.Join(' ', await store.ListAsync().ToListAsync().ConfigureAwait(false)));
    }

    private static async Task LookAlikesAsync(ICheckpointStore store)
    {
        string[] ids = ["Run", "run", "run:1", "run_1", "run.1", "run-1", ".", ".."];
        foreach (var id in ids) await AppendAsync(store, id, $$"""{"id":"{{id}}"}""").ConfigureAwait(false);
        foreach (var id in ids) await ExpectAsync(store, id, $$"""{"id":"{{id}}"}""").ConfigureAwait(false);
        Equal(string.Join(' ', ids.Order(StringComparer.Ordinal)), string.Join(' ', await store.ListAsync().ToListAsync().ConfigureAwait(false)));
    }

    private static async Task LargeAsync(ICheckpointStore store)
    {
        var large = $$"""{"text":"{{new string('y', 10_000_000)}}"}""";
        await AppendAsync(store, "run", """{"i":0}""", large, """{"i":2}""").ConfigureAwait(false);
        await ExpectAsync(store, "run", """{"i":0}""", large, """{"i":2}""").ConfigureAwait(false);
    }

    private static async Task CancelledAsync(ICheckpointStore store)
    {
        var journal = await store.OpenAsync("run").ConfigureAwait(false);
        await using (journal.ConfigureAwait(false))
        {
            var append = async () => await journal.AppendAsync(Bytes("""{"i":0}"""), new CancellationToken(canceled: true)).ConfigureAwait(false);
            await ThrowsAsync<OperationCanceledException>(append).ConfigureAwait(false);
        }

        await ExpectAsync(store, "run").ConfigureAwait(false);
    }

    private static async Task CopiesAsync(ICheckpointStore store)
    {
        var bytes = Bytes("""{"i":0}""");
        var journal = await store.OpenAsync("run").ConfigureAwait(false);
        await using (journal.ConfigureAwait(false)) await journal.AppendAsync(bytes).ConfigureAwait(false);
        bytes[5] = (byte)'9';
        await ExpectAsync(store, "run", """{"i":0}""").ConfigureAwait(false);
    }

    private static async Task NoObjectAsync(ICheckpointStore store)
    {
        var journal = await store.OpenAsync("run").ConfigureAwait(false);
        await using (journal.ConfigureAwait(false))
        {
            foreach (var text in (string[])["", "{}", "[1]", "{\"a\":\n1}"])
                await ThrowsAsync<AgentTeamsException>(async () => await journal.AppendAsync(Bytes(text)).ConfigureAwait(false)).ConfigureAwait(false);
        }

        await ExpectAsync(store, "run").ConfigureAwait(false);
    }

    private static async Task AppendAsync(ICheckpointStore store, string run, params string[] records)
    {
        var journal = await store.OpenAsync(run).ConfigureAwait(false);
        await using (journal.ConfigureAwait(false))
        {
            foreach (var record in records) await journal.AppendAsync(Bytes(record)).ConfigureAwait(false);
        }
    }

    private static async Task ExpectAsync(ICheckpointStore store, string run, params string[] records) =>
        Equal(string.Join('\n', records), string.Join('\n', await store.ReadAsync(run).Select(Text).ToListAsync().ConfigureAwait(false)));

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Text(ReadOnlyMemory<byte> record) => Encoding.UTF8.GetString(record.Span);

    private static void Equal(string expected, string actual) => True(expected == actual, $"Expected {Shown(expected)}, found {Shown(actual)}.");

    private static string Shown(string text) => text.Length == 0 ? "nothing" : text.Length <= 200 ? text : $"{text[..200]}... ({text.Length} characters)";

    private static void True(bool holds, string message)
    {
        if (!holds) throw new AgentTeamsException(message);
    }

    private static async Task ThrowsAsync<T>(Func<Task> action)
        where T : Exception
    {
        try
        {
            await action().ConfigureAwait(false);
        }
        catch (T)
        {
            return;
        }

        throw new AgentTeamsException($"Expected {typeof(T).Name}, but nothing was thrown.");
    }
}
