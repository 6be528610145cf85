using System.Collections.Immutable;
using System.IO.Compression;
using System.Text.Json;

namespace AgentTeams.Storage;

/// <summary>A trajectory as a row: columns to find it by, and its JSON, which is compressed together with others.</summary>
internal static class TrajectoryRow
{
    private const int Quality = 4;
    private const int Window = 20;

    /// <summary>The values of the columns of a trajectory, in the order of the insert.</summary>
    public static object[] Of(Trajectory trajectory) =>
    [
        trajectory.Id, trajectory.WorkflowName, trajectory.TaskId, trajectory.Key?.Stage ?? "", trajectory.Key?.Step ?? 0, trajectory.Status.ToString(),
        trajectory.Outcome ?? (object)DBNull.Value, StartOf(trajectory), Return(trajectory.Rewards),
    ];

    public static double Return(ImmutableArray<Reward> rewards) => rewards.Sum(r => r.Weight * r.Value);

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

    public static Trajectory Read(byte[] json, byte[] rewards)
    {
        var trajectory = TrajectoryJson.Deserialize(json);
        return rewards.Length == 0 ? trajectory : trajectory with { Rewards = JsonSerializer.Deserialize<ImmutableArray<Reward>>(rewards, TrajectoryJson.Options) };
    }

    public static byte[] WriteRewards(Trajectory trajectory) => JsonSerializer.SerializeToUtf8Bytes(trajectory.Rewards, TrajectoryJson.Options);

    public static long StartOf(Trajectory trajectory) => trajectory.Nodes.IsEmpty ? 0 : trajectory.Nodes[0].Start.ToUnixTimeMilliseconds();
}
