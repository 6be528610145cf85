using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

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
    private const string Selected = "t.seq, t.id, l.body, l.sum, t.rewards, t.block, t.pos";
    private const string Joined = "LEFT JOIN loose l ON l.seq = t.seq";
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
            Execute($"PRAGMA journal_mode = WAL; PRAGMA synchronous = {(options.FlushToDisk ? "FULL" : "NORMAL")}; PRAGMA busy_timeout = 10000;");
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
        var batch = new PendingBatch([.. trajectories.Select(t => (t, TrajectoryJson.Serialize(t, type => LogReplaced(_logger, type))))]);
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

    /// <inheritdoc/>
    public Task<Trajectory?> FindAsync(string id, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(Read($"SELECT {Selected} FROM trajectories t {Joined} WHERE t.id = $0", [id]).Select(r => r.Trajectory).FirstOrDefault());
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<Trajectory> ReadAllAsync(CancellationToken cancellationToken = default) => QueryAsync(new(), cancellationToken);

    /// <summary>Trajectories that a query selects, in the order in which they were appended; those that are appended meanwhile may be among them.</summary>
    /// <param name="query">Which.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async IAsyncEnumerable<Trajectory> QueryAsync(TrajectoryQuery query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        const int Page = 200;
        var (left, last) = (query.Limit ?? int.MaxValue, 0L);
        while (left > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (where, values) = Where(query, last);
            var rows = Read($"SELECT {Selected} {where} ORDER BY t.seq LIMIT {Math.Min(left, Page).ToString(CultureInfo.InvariantCulture)}", values);
            if (rows.Count == 0) yield break;
            foreach (var (seq, trajectory) in rows)
            {
                (last, left) = (seq, left - 1);
                if (trajectory is not null) yield return trajectory;
            }

            await Task.CompletedTask.ConfigureAwait(false);
        }
    }

    /// <summary>How many trajectories a query selects.</summary>
    public Task<long> CountAsync(TrajectoryQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        cancellationToken.ThrowIfCancellationRequested();
        var (where, values) = Where(query, 0);
        return Task.FromResult(Guarded(_readGate, () => Math.Min((long)_reads.Get($"SELECT count(*) {where}", null, values).ExecuteScalar()!, query.Limit ?? long.MaxValue)));
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

    private static (string Where, object[] Values) Where(TrajectoryQuery query, long after)
    {
        var conditions = query.Conditions().Prepend(("t.seq > {0}", after)).ToList();
        var from = query.Role is null ? "FROM trajectories t" : "FROM roles r JOIN trajectories t ON t.seq = r.seq";
        return ($"{from} {Joined} WHERE {string.Join(" AND ", conditions.Select((c, i) => string.Format(CultureInfo.InvariantCulture, c.Item1, $"${i}")))}", [.. conditions.Select(c => c.Item2)]);
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

    private int Insert(IReadOnlyList<(Trajectory Trajectory, byte[] Body)> rows, SqliteTransaction transaction)
    {
        var added = rows.Count(row =>
        {
            if (_commands.Get(InsertTrajectory, transaction, TrajectoryRow.Of(row.Trajectory)).ExecuteScalar() is not long seq) return false;
            _commands.Get("INSERT INTO loose (seq, body, sum) VALUES ($0, $1, $2)", transaction, seq, row.Body, RecordChecksum.Of(row.Body)).ExecuteNonQuery();
            foreach (var name in row.Trajectory.Nodes.Select(n => n.Role).OfType<string>().Distinct(StringComparer.Ordinal))
                _commands.Get("INSERT INTO roles (role, step, seq) VALUES ($0, $1, $2)", transaction, name, row.Trajectory.Key?.Step ?? 0, seq).ExecuteNonQuery();
            return true;
        });
        // As many again stay loose, since their rewards come later.
        for (_loose += added; _loose >= 2 * TrajectoryBlocks.Size; _loose -= TrajectoryBlocks.Size) _blocks.Pack(transaction);
        return added;
    }

    private List<(long Seq, Trajectory? Trajectory)> Read(string sql, object[] values)
    {
        var rows = Guarded(_readGate, () =>
        {
            var read = new List<(long Seq, string Id, (byte[] Json, byte[] Rewards)? Row)>();
            using var reader = _reads.Get(sql, null, values).ExecuteReader();
            while (reader.Read()) read.Add((reader.GetInt64(0), reader.GetString(1), RowOf(reader)));
            return read;
        });
        return rows.ConvertAll(r =>
        {
            if (r.Row is null) LogDamaged(_logger, FilePath, r.Id);
            return (r.Seq, r.Row is { } row ? TrajectoryRow.Read(row.Json, row.Rewards) : null);
        });
    }

    private (byte[] Json, byte[] Rewards)? RowOf(SqliteDataReader row)
    {
        (byte[] Json, byte[] Rewards)? stored = row[2] is byte[] json ? (RecordChecksum.Of(json) == row.GetInt64(3) ? (json, []) : null) : _blocks.Read(row.GetInt64(5), row.GetInt32(6));
        return stored is { } found && row[4] is byte[] later ? (found.Json, later) : stored;
    }

    private long Loose() => (long)_commands.Get("SELECT count(*) FROM loose", null).ExecuteScalar()!;

    private int Write(Func<SqliteTransaction, int> write) => Guarded(_gate, () =>
    {
        using var transaction = _connection.BeginTransaction();
        var count = write(transaction);
        transaction.Commit();
        return count;
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

/// <summary>How a <see cref="SqliteTrajectoryStore"/> writes.</summary>
public sealed record SqliteStoreOptions
{
    /// <summary>
    /// Whether each append waits until the disk has it. Where it does not, a trajectory survives the end of the process, but not always that of the machine.
    /// </summary>
    /// <value>False by default.</value>
    public bool FlushToDisk { get; init; }

    /// <summary>Is told of damaged rows and of values that cannot be written.</summary>
    /// <value>Nobody by default.</value>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;
}
