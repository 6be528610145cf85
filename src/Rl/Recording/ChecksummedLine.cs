using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace AgentTeams;

/// <summary>
/// One line of a store: the trajectory's JSON object with a last member "checksum", the first 8 hexadecimal digits of the
/// SHA-256 of all bytes of the line before it. The line stays plain JSON.
/// </summary>
internal static class ChecksummedLine
{
    private const int Digits = 8;

    private static ReadOnlySpan<byte> Label => ",\"checksum\":\""u8;

    private static ReadOnlySpan<byte> End => "\"}"u8;

    /// <summary>How every line begins; the schema version is the first member.</summary>
    public static ReadOnlySpan<byte> Start => "{\"schemaVersion\":"u8;

    /// <summary>Appends the line with its line break and returns its length without it.</summary>
    public static int Write(ArrayBufferWriter<byte> buffer, Trajectory trajectory, Action<Type>? replaced = null)
    {
        var json = TrajectoryJson.Serialize(trajectory, replaced);
        var body = json.AsSpan(0, json.Length - 1);
        buffer.Write(body);
        buffer.Write(Label);
        Span<byte> digits = stackalloc byte[Digits];
        Checksum(body, digits);
        buffer.Write(digits);
        buffer.Write("\"}\n"u8);
        return body.Length + Label.Length + Digits + End.Length;
    }

    /// <summary>The trajectory's id, or null when the line is damaged.</summary>
    public static string? Verify(ReadOnlySpan<byte> line)
    {
        var suffix = Label.Length + Digits + End.Length;
        if (line.Length <= suffix || !line.StartsWith(Start)) return null;
        var body = line[..^suffix];
        var tail = line[^suffix..];
        Span<byte> digits = stackalloc byte[Digits];
        Checksum(body, digits);
        return tail.StartsWith(Label) && tail.EndsWith(End) && tail.Slice(Label.Length, Digits).SequenceEqual(digits) ? ReadId(line) : null;
    }

    private static void Checksum(ReadOnlySpan<byte> body, Span<byte> digits)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body, hash);
        Encoding.ASCII.GetBytes(Convert.ToHexStringLower(hash[..(Digits / 2)]), digits);
    }

    private static string? ReadId(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line);
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isId = reader.ValueTextEquals("id"u8);
                reader.Read();
                if (isId) return reader.GetString();
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
