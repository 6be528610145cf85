using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.AI;

namespace AgentTeams.Rl;

/// <summary>What a role was shown, as a key.</summary>
internal static class InvocationContext
{
    public static string Of(TrajectoryNode node)
    {
        var text = new StringBuilder(node.Role);
        foreach (ChatMessage message in node.Input) text.Append('\0').Append(message.Role.Value).Append('\0').Append(message.Text);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
