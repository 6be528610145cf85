using System.Globalization;
using System.Text;

namespace AgentTeams.Servers;

/// <summary>Texts of bounded length.</summary>
internal static class OutputText
{
    /// <summary>The text of what was written; of too much the beginning and the end, and between them how much is left out.</summary>
    public static (string Text, bool Cut) Cut(byte[] bytes, int limit)
    {
        if (bytes.Length <= limit) return (Encoding.UTF8.GetString(bytes), false);
        var half = limit / 2;
        return (string.Create(CultureInfo.InvariantCulture, $"{Encoding.UTF8.GetString(bytes, 0, half)}\n[... {bytes.Length - (2 * half)} bytes left out ...]\n{Encoding.UTF8.GetString(bytes, bytes.Length - half, half)}"), true);
    }
}
