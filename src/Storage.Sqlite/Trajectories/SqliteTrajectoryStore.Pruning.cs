using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Data.Sqlite;

namespace AgentTeams.Storage;

/// <content>What is not kept.</content>
public sealed partial class SqliteTrajectoryStore
{
    /// <summary>Removes trajectories. The space is used again by later appends; the file does not shrink.</summary>
    /// <param name="query">Which; its <see cref="TrajectoryQuery.Limit"/> does not count.</param>
    /// <param name="keep">The share of them that stays, 0 to 1, chosen by their ids, so that another call with the same share removes nothing more; 0 by default.</param>
    /// <param name="cancellationToken">Ends it before anything is removed.</param>
    /// <returns>How many were removed.</returns>
    public Task<int> PruneAsync(TrajectoryQuery query, double keep = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (keep is not (>= 0 and <= 1)) throw new AgentTeamsException($"keep is {keep}; give a share from 0 to 1.");
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(Write(transaction =>
        {
            var dropped = Selection(query, transaction).Where(r => !IsKept(r.Id, keep)).ToList();
            if (dropped.Count == 0) return 0;
            var gone = dropped.Select(r => r.Seq).ToHashSet();
            foreach (var block in dropped.Select(r => r.Block).OfType<long>().Distinct()) _loose += _blocks.Unpack(block, gone, transaction) ?? 0;
            var roles = Roles(transaction);
            foreach (var row in dropped)
            {
                foreach (var role in roles) _commands.Get("DELETE FROM roles WHERE role = $0 AND step = $1 AND seq = $2", transaction, role, row.Step, row.Seq).ExecuteNonQuery();
                if (row.Block is null && _commands.Get("DELETE FROM loose WHERE seq = $0 RETURNING length(body)", transaction, row.Seq).ExecuteScalar() is long bytes) _loose -= bytes;
                _commands.Get("DELETE FROM trajectories WHERE seq = $0", transaction, row.Seq).ExecuteNonQuery();
            }

            return dropped.Count;
        }));
    }

    /// <summary>
    /// Packs all trajectories together and gives the space of those that were removed back to the disk, for a store that is complete: its file is then as small
    /// as it can be. Nothing is lost where it is interrupted.
    /// </summary>
    /// <param name="cancellationToken">Ends it between two blocks.</param>
    /// <exception cref="AgentTeamsException">The file cannot be written, or another process reads it just now.</exception>
    public Task CompactAsync(CancellationToken cancellationToken = default)
    {
        while (Write(PackOnce) > 0) cancellationToken.ThrowIfCancellationRequested();
        Guarded(_gate, () =>
        {
            Execute("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);");
            return true;
        });
        return Task.CompletedTask;

        int PackOnce(SqliteTransaction transaction)
        {
            var packed = _blocks.Pack(transaction);
            _loose -= packed;
            return packed > 0 ? 1 : 0;
        }
    }

    private static bool IsKept(string id, double keep) =>
        keep > 0 && BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(id))) / (double)uint.MaxValue <= keep;

    private List<(long Seq, string Id, int Step, long? Block)> Selection(TrajectoryQuery query, SqliteTransaction transaction)
    {
        var (where, values) = Where(query, 0);
        using var reader = _commands.Get($"SELECT t.seq, t.id, t.step, t.block {where}", transaction, values).ExecuteReader();
        var rows = new List<(long, string, int, long?)>();
        while (reader.Read()) rows.Add((reader.GetInt64(0), reader.GetString(1), reader.GetInt32(2), reader.IsDBNull(3) ? null : reader.GetInt64(3)));
        return rows;
    }

    // One look into the index for each name, however many rows there are.
    private List<string> Roles(SqliteTransaction transaction)
    {
        var names = new List<string>();
        while (_commands.Get("SELECT min(role) FROM roles WHERE role > $0", transaction, names.LastOrDefault("")).ExecuteScalar() is string next) names.Add(next);
        return names;
    }
}
