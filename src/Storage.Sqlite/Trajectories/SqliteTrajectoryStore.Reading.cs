using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;

namespace AgentTeams.Storage;

/// <content>What is found.</content>
public sealed partial class SqliteTrajectoryStore
{
    private const string Selected = "t.seq, t.id, l.body, l.sum, t.rewards, t.block, t.pos";

    private const string Joined = "LEFT JOIN loose l ON l.seq = t.seq";

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
        return Task.FromResult(Guarded(_readGate, () => Math.Min((long)_reads.Get($"SELECT count(*) {where}", null, values).ExecuteScalar()!, Math.Max(query.Limit ?? long.MaxValue, 0))));
    }

    private static (string Where, object[] Values) Where(TrajectoryQuery query, long after)
    {
        var conditions = query.Conditions().Prepend(("t.seq > {0}", after)).ToList();
        var from = query.Role is null ? "FROM trajectories t" : "FROM roles r JOIN trajectories t ON t.seq = r.seq";
        return ($"{from} {Joined} WHERE {string.Join(" AND ", conditions.Select((c, i) => string.Format(CultureInfo.InvariantCulture, c.Item1, $"${i}")))}", [.. conditions.Select(c => c.Item2)]);
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
        (byte[] Json, byte[] Rewards)? stored = row[2] is byte[] body ? (TrajectoryRow.FromLoose(body, row.GetInt64(3)) is { } json ? (json, []) : null) : _blocks.Read(row.GetInt64(5), row.GetInt32(6));
        return stored is { } found && row[4] is byte[] later ? (found.Json, later) : stored;
    }
}
