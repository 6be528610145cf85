using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.AI;

namespace AgentTeams.Storage;

/// <summary>Ids of what came without any: equal for equal contents.</summary>
internal static class ImportedIds
{
    private const int IdDigits = 32;
    private const int TaskDigits = 16;

    public static string OfLine(ReadOnlySpan<byte> line) => Convert.ToHexStringLower(SHA256.HashData(line))[..IdDigits];

    /// <summary>The task that an input is, so that replies to the same question are compared with each other.</summary>
    public static string TaskOf(IEnumerable<ChatMessage> input) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', input.Select(m => $"{m.Role.Value}\0{m.Text}")))))[..TaskDigits];
}
