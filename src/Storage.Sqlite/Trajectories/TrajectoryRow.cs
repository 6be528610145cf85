using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.IO.Compression;
using System.Text.Json;

namespace AgentTeams.Storage;

/// <summary>A trajectory as a row: columns to find it by, and its JSON, which is compressed together with others.</summary>
internal static class TrajectoryRow
{
    private const int Quality = 4;
    private const int Window = 20;

    // A row that stands alone is compressed while its append is waited for: the file has less to write for it than that takes.
    private const int LooseQuality = 0;
    private const int LooseWindow = 16;
    private const int LeastToCompress = 2048;
    private const byte Compressed = 1;
    private const int LooseHead = sizeof(byte) + sizeof(int);

    /// <summary>The values of the columns of a trajectory, in the order of the insert.</summary>
    public static object[] Of(Trajectory trajectory) =>
    [
        trajectory.Id, trajectory.WorkflowName, trajectory.TaskId, trajectory.Key?.Stage ?? "", trajectory.Key?.Step ?? 0, trajectory.Status.ToString(),
        trajectory.Outcome ?? (object)DBNull.Value, StartOf(trajectory), Return(trajectory.Rewards),
    ];

    // Rewards that are each finite may have a sum that is none: infinity less infinity counts as 0.
    public static double Return(ImmutableArray<Reward> rewards) => rewards.Sum(r => r.Weight * r.Value) is var sum && double.IsNaN(sum) ? 0 : sum;

    public static byte[] Compress(ReadOnlySpan<byte> bytes)
    {
        var buffer = new byte[BrotliEncoder.GetMaxCompressedLength(bytes.Length) + sizeof(int)];
        BitConverter.TryWriteBytes(buffer, bytes.Length);
        return BrotliEncoder.TryCompress(bytes, buffer.AsSpan(sizeof(int)), out var written, Quality, Window)
            ? buffer[..(written + sizeof(int))]
            : throw new AgentTeamsException($"A block of {bytes.Length} bytes cannot be compressed.");
    }

    /// <summary>What <see cref="Compress"/> was given; null where the bytes are not what was written.</summary>
    public static byte[]? Decompress(byte[] body, long sum)
    {
        if (RecordChecksum.Of(body) != sum || body.Length <= sizeof(int)) return null;
        var bytes = new byte[BitConverter.ToInt32(body)];
        return BrotliDecoder.TryDecompress(body.AsSpan(sizeof(int)), bytes, out var read) && read == bytes.Length ? bytes : null;
    }

    /// <summary>JSON as a row that stands alone holds it: compressed, behind a byte that no JSON begins with, where that is worth it.</summary>
    public static byte[] ToLoose(byte[] json)
    {
        if (json.Length < LeastToCompress) return json;
        var buffer = ArrayPool<byte>.Shared.Rent(json.Length);
        try
        {
            // What does not become smaller stays as it is.
            if (!BrotliEncoder.TryCompress(json, buffer.AsSpan(LooseHead, json.Length - LooseHead), out var written, LooseQuality, LooseWindow)) return json;
            buffer[0] = Compressed;
            BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(sizeof(byte)), json.Length);
            return buffer.AsSpan(0, LooseHead + written).ToArray();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The JSON that <see cref="ToLoose"/> was given; null where the bytes are not what was written.</summary>
    public static byte[]? FromLoose(byte[] body, long sum)
    {
        if (RecordChecksum.Of(body) != sum || body.Length == 0) return null;
        if (body[0] != Compressed) return body;
        if (body.Length < LooseHead) return null;
        var json = new byte[BinaryPrimitives.ReadInt32LittleEndian(body.AsSpan(sizeof(byte)))];
        return BrotliDecoder.TryDecompress(body.AsSpan(LooseHead), json, out var read) && read == json.Length ? json : null;
    }

    public static Trajectory Read(byte[] json, byte[] rewards)
    {
        var trajectory = TrajectoryJson.Deserialize(json);
        return rewards.Length == 0 ? trajectory : trajectory with { Rewards = JsonSerializer.Deserialize<ImmutableArray<Reward>>(rewards, TrajectoryJson.Options) };
    }

    public static byte[] WriteRewards(Trajectory trajectory) => JsonSerializer.SerializeToUtf8Bytes(trajectory.Rewards, TrajectoryJson.Options);

    public static long StartOf(Trajectory trajectory) => trajectory.Nodes.IsEmpty ? 0 : trajectory.Nodes[0].Start.ToUnixTimeMilliseconds();
}
