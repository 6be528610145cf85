using System.Runtime.CompilerServices;

namespace AgentTeams;

/// <summary>Edge checks whose messages name the thing that is wrong.</summary>
internal static class Guard
{
    public static string Name(string? value, string what, [CallerArgumentExpression(nameof(value))] string? expression = null)
    {
        if (string.IsNullOrWhiteSpace(value))
            throw new AgentTeamsException($"The {what} ({expression}) is empty. Give it a name.");
        foreach (var c in value)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.' or ' '))
                throw new AgentTeamsException($"The {what} '{value}' contains '{c}'. Use letters, digits, '-', '_', '.' and spaces only.");
        }

        return value;
    }

    public static void Require(bool condition, string message)
    {
        if (!condition) throw new AgentTeamsException(message);
    }
}
