using System.Buffers;
using System.Buffers.Binary;
using Microsoft.Data.Sqlite;

namespace AgentTeams.Storage;

/// <summary>
/// Packs rows together: trajectories of one training resemble each other, so many of them compress to a fraction of what each does alone. A row is whole by
/// itself when its append returns; later appends pack it, in their own transaction.
/// </summary>
internal sealed class TrajectoryBlocks(PreparedCommands commands, PreparedCommands reads)
{
    /// <summary>How many rows a block has.</summary>
    public const int Size = 256;

    private const int Remembered = 4;
    private readonly LinkedList<(long Id, (byte[] Json, byte[] Rewards)[] Items)> _recent = [];

    /// <summary>Packs the oldest rows that stand alone, each with the rewards that it has by now.</summary>
    /// <returns>The bytes that they took alone; 0 where there was nothing to pack.</returns>
    public long Pack(SqliteTransaction transaction)
    {
        var rows = Loose(transaction);
        if (rows.Count == 0) return 0;
        var all = new ArrayBufferWriter<byte>();
        foreach (var row in rows)
        {
            Write(all, row.Json);
            Write(all, row.Rewards);
        }

        var body = TrajectoryRow.Compress(all.WrittenSpan);
        var id = (long)commands.Get("INSERT INTO blocks (body, sum) VALUES ($0, $1) RETURNING id", transaction, body, RecordChecksum.Of(body)).ExecuteScalar()!;
        for (var i = 0; i < rows.Count; i++) Move(rows[i].Seq, id, i, transaction);
        return rows.Sum(r => r.Length);
    }

    /// <summary>The JSON of a row that was packed, and its rewards then, empty for those in the JSON; null where its block is damaged.</summary>
    public (byte[] Json, byte[] Rewards)? Read(long block, int position)
    {
        var known = _recent.FirstOrDefault(b => b.Id == block);
        var items = known.Items ?? Load(reads, block, null);
        if (items is null) return null;
        _recent.Remove(known);
        _recent.AddFirst((block, items));
        if (_recent.Count > Remembered) _recent.RemoveLast();
        return position < items.Length ? items[position] : null;
    }

    /// <summary>Takes the rows of a block that stay out of it, so that they stand alone again, and frees its space. Its number is not given away again.</summary>
    /// <param name="block">The block.</param>
    /// <param name="dropped">The rows that go.</param>
    /// <param name="transaction">Of the writing.</param>
    /// <returns>The bytes of the rows that stand alone now; null where the block is damaged, which is left as it is.</returns>
    public long? Unpack(long block, IReadOnlySet<long> dropped, SqliteTransaction transaction)
    {
        if (Load(commands, block, transaction) is not { } items) return null;
        var rows = new List<(long Seq, int Position)>(Size);
        using (var reader = commands.Get("SELECT seq, pos FROM trajectories WHERE block = $0", transaction, block).ExecuteReader())
        {
            while (reader.Read()) rows.Add((reader.GetInt64(0), reader.GetInt32(1)));
        }

        var bytes = 0L;
        foreach (var (seq, position) in rows.Where(r => !dropped.Contains(r.Seq)))
        {
            var (json, rewards) = items[position];
            var body = TrajectoryRow.ToLoose(json);
            bytes += body.Length;
            commands.Get("INSERT INTO loose (seq, body, sum) VALUES ($0, $1, $2)", transaction, seq, body, RecordChecksum.Of(body)).ExecuteNonQuery();
            commands.Get("UPDATE trajectories SET block = NULL, pos = NULL, rewards = coalesce(rewards, $0) WHERE seq = $1", transaction, rewards.Length == 0 ? DBNull.Value : rewards, seq).ExecuteNonQuery();
        }

        commands.Get("UPDATE blocks SET body = zeroblob(0), sum = 0 WHERE id = $0", transaction, block).ExecuteNonQuery();
        return bytes;
    }

    private static void Write(ArrayBufferWriter<byte> all, ReadOnlySpan<byte> part)
    {
        BinaryPrimitives.WriteInt32LittleEndian(all.GetSpan(sizeof(int)), part.Length);
        all.Advance(sizeof(int));
        all.Write(part);
    }

    // What is damaged stays alone, for whoever can mend it.
    private List<(long Seq, int Length, byte[] Json, byte[] Rewards)> Loose(SqliteTransaction transaction)
    {
        using var reader = commands.Get("SELECT l.seq, l.body, l.sum, t.rewards FROM loose l JOIN trajectories t ON t.seq = l.seq ORDER BY l.seq LIMIT 256", transaction).ExecuteReader();
        var rows = new List<(long, int, byte[], byte[])>(Size);
        while (reader.Read())
        {
            var body = (byte[])reader[1];
            if (TrajectoryRow.FromLoose(body, reader.GetInt64(2)) is { } json) rows.Add((reader.GetInt64(0), body.Length, json, reader[3] as byte[] ?? []));
        }

        return rows;
    }

    private void Move(long seq, long block, int position, SqliteTransaction transaction)
    {
        commands.Get("UPDATE trajectories SET block = $0, pos = $1, rewards = NULL WHERE seq = $2", transaction, block, position, seq).ExecuteNonQuery();
        commands.Get("DELETE FROM loose WHERE seq = $0", transaction, seq).ExecuteNonQuery();
    }

    private static (byte[] Json, byte[] Rewards)[]? Load(PreparedCommands through, long block, SqliteTransaction? transaction)
    {
        using var reader = through.Get("SELECT body, sum FROM blocks WHERE id = $0", transaction, block).ExecuteReader();
        if (!reader.Read() || TrajectoryRow.Decompress((byte[])reader[0], reader.GetInt64(1)) is not { } all) return null;
        var items = new List<(byte[], byte[])>(Size);
        var at = 0;
        while (at < all.Length) items.Add((Next(), Next()));
        return [.. items];

        byte[] Next()
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(all.AsSpan(at));
            var part = all.AsSpan(at + sizeof(int), length).ToArray();
            at += sizeof(int) + length;
            return part;
        }
    }
}
