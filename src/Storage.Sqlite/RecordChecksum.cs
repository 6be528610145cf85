using System.Buffers.Binary;
using System.Security.Cryptography;

namespace AgentTeams.Storage;

/// <summary>The first 8 bytes of a record's SHA-256, as a number that SQLite can hold.</summary>
internal static class RecordChecksum
{
    public static long Of(ReadOnlySpan<byte> record)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(record, hash);
        return BinaryPrimitives.ReadInt64LittleEndian(hash);
    }
}
