using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace AgentTeams.Storage;

/// <summary>
/// One line of a store: the trajectory's JSON object with a last member "checksum", the first 8 hexadecimal digits of the
/// SHA-256 of all bytes of the line before it. The line stays plain JSON. Where lines are numbered it is that of this hash and the line's number, 8 bytes with
/// the lowest first, so that a line that is missing or moved is noticed.
/// </summary>
internal static class ChecksummedLine
{
    private const int Digits = 8;

    private static ReadOnlySpan<byte> Label => ",\"checksum\":\""u8;

    private static ReadOnlySpan<byte> End => "\"}"u8;

    /// <summary>How every line begins; the schema version is the first member.</summary>
    public static ReadOnlySpan<byte> Start => "{\"schemaVersion\":"u8;

    /// <summary>Appends a JSON object as a line with its line break and returns its length without it.</summary>
    /// <param name="buffer">Where to.</param>
    /// <param name="json">The object.</param>
    /// <param name="number">The line's number; null where lines stand for themselves.</param>
    public static int Write(ArrayBufferWriter<byte> buffer, ReadOnlySpan<byte> json, long? number = null)
    {
        var body = json[..^1];
        buffer.Write(body);
        buffer.Write(Label);
        Span<byte> digits = stackalloc byte[Digits];
        Checksum(body, digits, number);
        buffer.Write(digits);
        buffer.Write("\"}\n"u8);
        return body.Length + Label.Length + Digits + End.Length;
    }

    /// <summary>Which trajectory the line holds, or whose rewards; null when it is damaged.</summary>
    public static LineSubject? Verify(ReadOnlySpan<byte> line)
    {
        var suffix = Label.Length + Digits + End.Length;
        if (line.Length <= suffix || !line.StartsWith(Start)) return null;
        var body = line[..^suffix];
        var tail = line[^suffix..];
        Span<byte> digits = stackalloc byte[Digits];
        Checksum(body, digits);
        return tail.StartsWith(Label) && tail.EndsWith(End) && tail.Slice(Label.Length, Digits).SequenceEqual(digits) ? ReadSubject(line) : null;
    }

    /// <summary>The JSON object that a numbered line was written from, or null when the line is damaged or not at its place.</summary>
    public static byte[]? Open(ReadOnlySpan<byte> line, long number)
    {
        var suffix = Label.Length + Digits + End.Length;
        if (line.Length <= suffix) return null;
        var body = line[..^suffix];
        var tail = line[^suffix..];
        Span<byte> digits = stackalloc byte[Digits];
        Checksum(body, digits, number);
        if (!tail.StartsWith(Label) || !tail.EndsWith(End) || !tail.Slice(Label.Length, Digits).SequenceEqual(digits)) return null;
        return [.. body, (byte)'}'];
    }

    private static void Checksum(ReadOnlySpan<byte> body, Span<byte> digits, long? number = null)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes + sizeof(long)];
        SHA256.HashData(body, hash);
        if (number is { } place)
        {
            BinaryPrimitives.WriteInt64LittleEndian(hash[SHA256.HashSizeInBytes..], place);
            SHA256.HashData(hash, hash);
        }

        Encoding.ASCII.GetBytes(Convert.ToHexStringLower(hash[..(Digits / 2)]), digits);
    }

    private static LineSubject? ReadSubject(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line);
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var (isId, isRewards) = (reader.ValueTextEquals("id"u8), reader.ValueTextEquals("rewardsOf"u8));
                reader.Read();
                if (isId || isRewards) return reader.GetString() is { } id ? new(id, isRewards) : null;
                reader.Skip();
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }

        return null;
    }
}

/// <summary>What a line of a store is about.</summary>
/// <param name="Id">The trajectory's id.</param>
/// <param name="IsRewards">Whether the line replaces the rewards of a trajectory on an earlier line.</param>
internal readonly record struct LineSubject(string Id, bool IsRewards);
