using Microsoft.Extensions.AI;

namespace AgentTeams.Mcp;

/// <summary>Refuses arguments that a function does not have: overlooked, one may be a limit or an expected version by another name.</summary>
internal static class UnknownArgument
{
    /// <param name="function">How messages call the function.</param>
    /// <param name="given">What it was called with.</param>
    /// <param name="known">The names of its arguments.</param>
    /// <exception cref="AgentTeamsException">An argument is not known.</exception>
    public static void Refuse(string function, AIFunctionArguments given, IReadOnlyCollection<string> known)
    {
        if (given.Keys.FirstOrDefault(k => !known.Contains(k)) is not { } odd) return;
        throw new AgentTeamsException($"{function} has no argument '{odd}'. {(known.Count == 0 ? "Give it none" : $"Its arguments are {string.Join(", ", known)}")}.");
    }
}
