namespace AgentTeams.Tests;

/// <summary>The code of docs/checkpoints.md, as it stands there.</summary>
public sealed class CheckpointsSnippets : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    [Fact]
    public async Task Conformance_AsInTheGuide_Holds() => await ConformAsync();

    internal static async Task UseAsync()
    {
        var memory = new InMemoryCheckpointStore();
        var files = new FileCheckpointStore("runs", new() { FlushToDisk = true });
        using var database = new SqliteCheckpointStore("runs.db");
        await foreach (var id in files.ListAsync()) Console.WriteLine(id);
        await files.DeleteAsync("order-17");
        await memory.DeleteAsync(database.FilePath);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private async Task ConformAsync()
    {
        await CheckpointStoreConformance.RunAsync(() => new MyStore(NewFolder()), store => new MyStore(((MyStore)store).Folder));
    }

    private string NewFolder() => _folder.CreateSubdirectory(Guid.NewGuid().ToString("N")).FullName;

    private sealed class MyStore(string folder) : ICheckpointStore
    {
        private readonly FileCheckpointStore _files = new(folder);

        public string Folder => _files.Folder;

        public Task<IRunJournal> OpenAsync(string runId, CancellationToken cancellationToken = default) => _files.OpenAsync(runId, cancellationToken);

        public IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(string runId, CancellationToken cancellationToken = default) => _files.ReadAsync(runId, cancellationToken);

        public IAsyncEnumerable<string> ListAsync(CancellationToken cancellationToken = default) => _files.ListAsync(cancellationToken);

        public Task<bool> DeleteAsync(string runId, CancellationToken cancellationToken = default) => _files.DeleteAsync(runId, cancellationToken);
    }
}
