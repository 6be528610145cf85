using System.Globalization;

namespace AgentTeams.Storage;

/// <summary>A key of a shared context has another version than a change expects: somebody else was first. Nothing was changed.</summary>
public sealed class ContextConflictException : AgentTeamsException, IFinalFailure
{
    internal ContextConflictException(string key, long expected, long found)
        : base(string.Create(CultureInfo.InvariantCulture, $"'{key}' {(found == 0 ? "has no value" : $"has version {found}")}, and the change expects {(expected == 0 ? "none" : $"version {expected}")}. Read it again and decide anew."))
    {
        (Key, Expected, Found) = (key, expected, found);
    }

    /// <summary>The key.</summary>
    public string Key { get; }

    /// <summary>The version that was expected; 0 for no value.</summary>
    public long Expected { get; }

    /// <summary>The version that the key has; 0 for no value.</summary>
    public long Found { get; }
}

/// <summary>A change of a shared context would go beyond a limit. Nothing was changed.</summary>
public sealed class ContextLimitException : AgentTeamsException, IFinalFailure
{
    internal ContextLimitException(string limit, string key, long most, long actual, string unit, string otherwise)
        : base(string.Create(CultureInfo.InvariantCulture, $"'{key}' would take {actual} {unit}, and {limit} is {most}. {otherwise}"))
    {
        (Limit, Most, Actual) = (limit, most, actual);
    }

    /// <summary>The limit, as its option is called.</summary>
    public string Limit { get; }

    /// <summary>The most that is allowed.</summary>
    public long Most { get; }

    /// <summary>What it would be.</summary>
    public long Actual { get; }
}

/// <summary>A role may not read or write a key of a shared context. Nothing was read or changed.</summary>
public sealed class ContextDeniedException : AgentTeamsException, IFinalFailure
{
    internal ContextDeniedException(string role, string key, bool isWrite, IReadOnlyCollection<string> allowed)
        : base($"refused: '{role}' may not {(isWrite ? "write" : "read")} '{key}'. It may {(isWrite ? "write" : "read")} {(allowed.Count == 0 ? "nothing" : string.Join(", ", allowed))}.")
    {
        (Role, Key, IsWrite) = (role, key, isWrite);
    }

    /// <summary>The role.</summary>
    public string Role { get; }

    /// <summary>The key.</summary>
    public string Key { get; }

    /// <summary>Whether it would have written it.</summary>
    public bool IsWrite { get; }
}
