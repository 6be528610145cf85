using System.Globalization;

namespace AgentTeams.Models;

/// <summary>The pieces that stand for single bytes where a vocabulary is one of characters: <c>&lt;0x0A&gt;</c> for a line feed.</summary>
internal static class BytePieces
{
    private const int Length = 6;

    public static string Of(byte value) => string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>");

    public static bool TryParse(ReadOnlySpan<char> piece, out byte value)
    {
        value = 0;
        return piece.Length == Length && piece.StartsWith("<0x") && piece[^1] == '>'
            && byte.TryParse(piece[3..5], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>The id of each byte's piece, or null where the vocabulary lacks it.</summary>
    public static int?[] Ids(Dictionary<string, int> vocabulary) =>
        [.. Enumerable.Range(0, 256).Select(b => vocabulary.TryGetValue(Of((byte)b), out var id) ? (int?)id : null)];
}
