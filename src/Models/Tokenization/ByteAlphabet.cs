namespace AgentTeams.Models;

/// <summary>The printable stand-in of each byte in byte-level vocabularies: printable Latin-1 stands for itself, the rest from U+0100 on.</summary>
internal static class ByteAlphabet
{
    private static readonly char[] s_toChar = new char[256];
    private static readonly short[] s_toByte = new short[512];

    static ByteAlphabet()
    {
        Array.Fill(s_toByte, (short)-1);
        var next = 256;
        for (var b = 0; b < 256; b++)
        {
            var printable = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            s_toChar[b] = printable ? (char)b : (char)next++;
            s_toByte[s_toChar[b]] = (short)b;
        }
    }

    public static char ToChar(byte b) => s_toChar[b];

    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        Span<char> chars = bytes.Length <= 256 ? stackalloc char[bytes.Length] : new char[bytes.Length];
        for (var i = 0; i < bytes.Length; i++) chars[i] = s_toChar[bytes[i]];
        return new(chars);
    }

    public static bool TryDecode(string token, List<byte> into)
    {
        var start = into.Count;
        foreach (var c in token)
        {
            var b = c < s_toByte.Length ? s_toByte[c] : (short)-1;
            if (b < 0)
            {
                into.RemoveRange(start, into.Count - start);
                return false;
            }

            into.Add((byte)b);
        }

        return true;
    }
}
