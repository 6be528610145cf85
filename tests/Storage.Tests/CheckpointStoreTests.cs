using System.Runtime.CompilerServices;

namespace AgentTeams.Tests;

public sealed class CheckpointStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("journals").FullName;
    private readonly List<IDisposable> _open = [];
    private int _folders;

    public static TheoryData<string, string> Promises
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var promise in CheckpointStoreConformance.Promises)
            {
                foreach (var store in (string[])["memory", "file", "flushed file", "sqlite"]) data.Add(store, promise);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Promises))]
    public Task RunAsync_Conformance_Holds(string store, string promise) => CheckpointStoreConformance.RunAsync(promise, New(store, NewFolder()));

    [Fact]
    public async Task RunAsync_StoreThatForgets_IsToldWhichPromisesItBreaks()
    {
        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => CheckpointStoreConformance.RunAsync(() => new ForgetfulStore()));

        Assert.Contains("'records come back whole and in order' does not hold for ForgetfulStore", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("a run that is not stored", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_SecondObjectOnOtherData_IsToldWhichPromisesOfTwoItBreaks()
    {
        var error = await Assert.ThrowsAsync<AgentTeamsException>(
            () => CheckpointStoreConformance.RunAsync(() => new InMemoryCheckpointStore(), _ => new InMemoryCheckpointStore()));

        Assert.All(CheckpointStoreConformance.PromisesOfTwo, promise => Assert.Contains($"'{promise}'", error.Message, StringComparison.Ordinal));
        Assert.DoesNotContain("a run has one writer'", error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, string> PromisesOfTwo
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var promise in CheckpointStoreConformance.PromisesOfTwo)
            {
                foreach (var store in (string[])["file", "sqlite"]) data.Add(store, promise);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(PromisesOfTwo))]
    public Task RunAsync_ConformanceOfTwoObjects_Holds(string kind, string promise)
    {
        var folder = NewFolder();
        return CheckpointStoreConformance.RunAsync(promise, New(kind, folder), New(kind, folder));
    }

    public void Dispose()
    {
        _open.ForEach(o => o.Dispose());
        Directory.Delete(_folder, recursive: true);
    }

    private string NewFolder() => Path.Combine(_folder, $"{_folders++}");

    private ICheckpointStore New(string kind, string folder)
    {
        if (kind == "memory") return new InMemoryCheckpointStore();
        if (kind != "sqlite") return new FileCheckpointStore(folder, new() { FlushToDisk = kind != "file" });
        var store = new SqliteCheckpointStore(Path.Combine(folder, "runs.db"));
        _open.Add(store);
        return store;
    }

    private sealed class ForgetfulStore : ICheckpointStore
    {
        private readonly InMemoryCheckpointStore _inner = new();

        public Task<IRunJournal> OpenAsync(string runId, CancellationToken cancellationToken = default) => _inner.OpenAsync(runId, cancellationToken);

        public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(string runId, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await foreach (var record in _inner.ReadAsync(runId, cancellationToken).Take(1)) yield return record;
        }

        public IAsyncEnumerable<string> ListAsync(CancellationToken cancellationToken = default) => _inner.ListAsync(cancellationToken);

        public Task<bool> DeleteAsync(string runId, CancellationToken cancellationToken = default) => _inner.DeleteAsync(runId, cancellationToken);
    }
}
