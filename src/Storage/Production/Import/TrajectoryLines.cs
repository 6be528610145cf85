using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace AgentTeams.Storage;

/// <summary>Reads our own lines without holding the file, unlike a store, which mends and locks it.</summary>
internal static class TrajectoryLines
{
    public static async IAsyncEnumerable<Trajectory> ReadAsync(string path, ImportOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Rewards stand behind what they judge.
        var rewards = new Dictionary<string, ImmutableArray<Reward>>(StringComparer.Ordinal);
        var quiet = new ImportOptions();
        await foreach (var line in new InputFile(path, quiet).ReadAsync(RewardsIn, cancellationToken).ConfigureAwait(false))
            rewards[line.RewardsOf] = line.Rewards;

        var ids = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var trajectory in new InputFile(path, options).ReadAsync(line => TrajectoryIn(line.Span, ids), cancellationToken).ConfigureAwait(false))
            yield return rewards.TryGetValue(trajectory.Id, out var newest) ? trajectory with { Rewards = newest } : trajectory;
    }

    private static RewardAnnotation? RewardsIn(ReadOnlyMemory<byte> line)
    {
        Check(line.Span);
        return IsRewards(line.Span) ? RewardAnnotation.Deserialize(line.Span) : null;
    }

    private static Trajectory? TrajectoryIn(ReadOnlySpan<byte> line, HashSet<string> ids)
    {
        Check(line);
        if (IsRewards(line)) return null;
        var trajectory = TrajectoryJson.Deserialize(line);
        return ids.Add(trajectory.Id) ? trajectory : throw new AgentTeamsException($"Its id '{trajectory.Id}' is used by an earlier line.");
    }

    private static void Check(ReadOnlySpan<byte> line)
    {
        if (Member(line, "checksum"u8) && ChecksummedLine.Verify(line) is null) throw new AgentTeamsException("Its checksum does not fit.");
    }

    private static bool IsRewards(ReadOnlySpan<byte> line) => Member(line, "rewardsOf"u8);

    private static bool Member(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name)
    {
        var reader = new Utf8JsonReader(line);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals(name)) return true;
            reader.Skip();
        }

        return false;
    }
}
