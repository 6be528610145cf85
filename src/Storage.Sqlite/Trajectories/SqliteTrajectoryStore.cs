using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace AgentTeams.Storage;

/// <summary>
/// Trajectories in one SQLite file: a row for each, its JSON compressed, with columns to find it by. A batch is one transaction; a process may be killed at any
/// moment and loses nothing that an append has returned for. Any number of processes may read it while one writes. Safe for concurrent use.
/// </summary>
/// <example>
/// <code>
/// using var store = new SqliteTrajectoryStore("trajectories.db");
/// await foreach (var run in store.QueryAsync(new() { Role = "coder", FromStep = 40, MaxReward = 0 })) Console.WriteLine(run);
/// </code>
/// </example>
public sealed partial class SqliteTrajectoryStore : ITrajectoryStore, IDisposable
{
    private const string Columns = "id, workflow, task, stage, step, status, outcome, started, reward";
    private const string InsertTrajectory = $"INSERT INTO trajectories ({Columns}) VALUES ($0, $1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING RETURNING seq";

    // Most rows of a training are pruned soon after they came, and to pack those would be labour lost.
    private const long MostLoose = 16 << 20;
    private readonly Lock _gate = new();
    private readonly Lock _readGate = new();
    private readonly SqliteConnection _connection;

    // Whoever looks for a trajectory need not wait for those that are being written.
    private readonly SqliteConnection _reading;
    private readonly PreparedCommands _reads;
    private readonly ILogger _logger;
    private readonly PreparedCommands _commands;
    private readonly TrajectoryBlocks _blocks;
    private readonly AppendQueue _queue = new();

    // The bytes of the rows that stand alone.
    private long _loose;

    /// <summary>Opens a file, or creates it together with its folder.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How it writes; every value has a default.</param>
    /// <exception cref="AgentTeamsException">The file cannot be written, or is no such store.</exception>
    public SqliteTrajectoryStore(string path, SqliteStoreOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new();
        FilePath = Path.GetFullPath(path);
        _logger = options.LoggerFactory.CreateLogger("AgentTeams.SqliteTrajectoryStore");
        var source = new SqliteConnectionStringBuilder { DataSource = FilePath, Pooling = false }.ToString();
        (_connection, _reading) = (new(source), new(source));
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
            _connection.Open();
            Execute($"PRAGMA journal_mode = WAL; PRAGMA synchronous = {(options.FlushToDisk ? "FULL" : "NORMAL")}; PRAGMA busy_timeout = 10000; PRAGMA wal_autocheckpoint = 4000;");
            Execute("""
                CREATE TABLE IF NOT EXISTS trajectories (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, workflow TEXT NOT NULL, task TEXT NOT NULL, stage TEXT NOT NULL,
                    step INTEGER NOT NULL, status TEXT NOT NULL, outcome TEXT, started INTEGER NOT NULL, reward REAL NOT NULL, rewards BLOB, block INTEGER, pos INTEGER);
                CREATE TABLE IF NOT EXISTS loose (seq INTEGER PRIMARY KEY, body BLOB NOT NULL, sum INTEGER NOT NULL);
                CREATE TABLE IF NOT EXISTS blocks (id INTEGER PRIMARY KEY, body BLOB NOT NULL, sum INTEGER NOT NULL);
                CREATE TABLE IF NOT EXISTS roles (role TEXT NOT NULL, step INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (role, step, seq)) WITHOUT ROWID;
                CREATE INDEX IF NOT EXISTS by_step ON trajectories (stage, step);
                CREATE INDEX IF NOT EXISTS by_block ON trajectories (block) WHERE block IS NOT NULL;
                CREATE INDEX IF NOT EXISTS by_task ON trajectories (task);
                """);
            Execute($"SELECT {Columns}, rewards, block, pos FROM trajectories LIMIT 0");
            _commands = new(_connection);
            _reading.Open();
            _reads = new(_reading);
            _blocks = new(_commands, _reads);
            _loose = Loose();
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            _reading.Dispose();
            _connection.Dispose();
            throw Unusable(e);
        }
    }

    /// <summary>The file's full path.</summary>
    public string FilePath { get; }

    /// <inheritdoc/>
    public async Task<bool> AppendAsync(Trajectory trajectory, CancellationToken cancellationToken = default) =>
        await AppendAsync([trajectory], cancellationToken).ConfigureAwait(false) == 1;

    /// <inheritdoc/>
    public async Task<int> AppendAsync(IReadOnlyList<Trajectory> trajectories, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(trajectories);
        cancellationToken.ThrowIfCancellationRequested();
        // Written as JSON before anyone waits for the file.
        var batch = new PendingBatch([.. trajectories.Select(t => PendingRow.Of(t, type => LogReplaced(_logger, type)))]);
        if (_queue.Add(batch)) await DrainAsync().ConfigureAwait(false);
        return await batch.Added.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task SetRewardsAsync(IReadOnlyList<Trajectory> scored, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(scored);
        cancellationToken.ThrowIfCancellationRequested();
        var rows = scored.Select(t => new object[] { TrajectoryRow.WriteRewards(t), TrajectoryRow.Return(t.Rewards), t.Id }).ToList();
        Write(transaction => rows.Sum(row => _commands.Get("UPDATE trajectories SET rewards = $0, reward = $1 WHERE id = $2", transaction, row).ExecuteNonQuery()));
        return Task.CompletedTask;
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            lock (_readGate)
            {
                _reads.Dispose();
                _reading.Dispose();
                _commands.Dispose();
                _connection.Dispose();
            }
        }
    }

    // What many append at once becomes one transaction: whoever finds nobody writing writes for all who come meanwhile.
    private async Task DrainAsync()
    {
        while (true)
        {
            await Task.Yield();
            var batches = _queue.Take();
            if (batches.Count == 0) return;
            try
            {
                var added = new int[batches.Count];
                Write(transaction =>
                {
                    for (var i = 0; i < added.Length; i++) added[i] = Insert(batches[i].Rows, transaction);
                    return added.Sum();
                });
                for (var i = 0; i < added.Length; i++) batches[i].SetAdded(added[i]);
            }
            catch (Exception e)
            {
                foreach (var batch in batches) batch.SetFailed(e);
            }
        }
    }

    private int Insert(IReadOnlyList<PendingRow> rows, SqliteTransaction transaction)
    {
        var added = 0;
        foreach (var row in rows)
        {
            if (_commands.Get(InsertTrajectory, transaction, row.Columns).ExecuteScalar() is not long seq) continue;
            _commands.Get("INSERT INTO loose (seq, body, sum) VALUES ($0, $1, $2)", transaction, seq, row.Body, row.Sum).ExecuteNonQuery();
            if (row.Roles.Count > 0) _commands.Get(InsertRoles(row.Roles.Count), transaction, [row.Step, seq, .. row.Roles]).ExecuteNonQuery();
            _loose += row.Body.Length;
            added++;
        }

        while (_loose > MostLoose && _blocks.Pack(transaction) is > 0 and var packed) _loose -= packed;
        return added;
    }

    // One statement for all roles of a row costs what one for each does.
    private static string InsertRoles(int count) =>
        $"INSERT INTO roles (step, seq, role) VALUES {string.Join(", ", Enumerable.Range(2, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"($0, $1, ${i})")))}";

    private long Loose() => (long)_commands.Get("SELECT coalesce(sum(length(body)), 0) FROM loose", null).ExecuteScalar()!;

    private int Write(Func<SqliteTransaction, int> write) => Guarded(_gate, () =>
    {
        using var transaction = _connection.BeginTransaction();
        var before = _loose;
        try
        {
            var count = write(transaction);
            transaction.Commit();
            return count;
        }
        catch
        {
            _loose = before;
            throw;
        }
    });

    private T Guarded<T>(Lock gate, Func<T> use)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(_connection.State != System.Data.ConnectionState.Open, this);
            try
            {
                return use();
            }
            catch (Exception e) when (e is SqliteException or InvalidCastException)
            {
                throw Unusable(e);
            }
        }
    }

    private void Execute(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private AgentTeamsException Unusable(Exception e) =>
        new($"The store '{FilePath}' cannot be used: {e.Message} Restore it from a copy, or choose a writable path that holds nothing else.", e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "'{Path}': the trajectory '{Id}' is damaged and passed over; restore the file from a copy.")]
    private static partial void LogDamaged(ILogger logger, string path, string id);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A value of type {Type} cannot be written as JSON; the stored trajectory says what it was.")]
    private static partial void LogReplaced(ILogger logger, Type type);
}
