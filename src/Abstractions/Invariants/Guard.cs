using System.Runtime.CompilerServices;

namespace AgentTeams;

/// <summary>Edge checks whose messages name the thing that is wrong.</summary>
internal static class Guard
{
    public static string Name(string? value, string what, [CallerArgumentExpression(nameof(value))] string? expression = null) =>
        NameProblem(value, what, expression) is { } problem ? throw new AgentTeamsException(problem) : value!;

    /// <summary>What is wrong with a name, or null.</summary>
    public static string? NameProblem(string? value, string what, string? expression = null)
    {
        if (string.IsNullOrWhiteSpace(value)) return $"The {what}{(expression is null ? "" : $" ({expression})")} is empty. Give it a name.";
        foreach (var c in value)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.' or ' '))
                return $"The {what} '{value}' contains '{c}'. Use letters, digits, '-', '_', '.' and spaces only.";
        }

        return null;
    }

    public static void Require(bool condition, string message)
    {
        if (!condition) throw new AgentTeamsException(message);
    }
}
