namespace AgentTeams;

/// <summary>The printable stand-in of each byte in byte-level vocabularies: printable Latin-1 stands for itself, the rest from U+0100 on.</summary>
internal static class ByteAlphabet
{
    private static readonly char[] s_toChar = new char[256];
    private static readonly Dictionary<char, byte> s_toByte = [];

    static ByteAlphabet()
    {
        var next = 256;
        for (var b = 0; b < 256; b++)
        {
            var printable = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            s_toChar[b] = printable ? (char)b : (char)next++;
            s_toByte[s_toChar[b]] = (byte)b;
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
            if (!s_toByte.TryGetValue(c, out var b))
            {
                into.RemoveRange(start, into.Count - start);
                return false;
            }

            into.Add(b);
        }

        return true;
    }
}
