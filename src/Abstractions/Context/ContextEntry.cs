using System.Text.Json;

namespace AgentTeams.Storage;

/// <summary>A change of a shared context as it is kept: a key's value as of a version.</summary>
public sealed record ContextEntry
{
    /// <summary>The key, for example <c>plan/steps</c>.</summary>
    public required string Key { get; init; }

    /// <summary>The version that the change made; it counts over all keys of the run.</summary>
    public required long Version { get; init; }

    /// <summary>The value, any JSON; null where the change deleted it.</summary>
    public JsonElement? Value { get; init; }

    /// <summary>Who changed it: a role, or what a server calls its clients.</summary>
    public string Writer { get; init; } = "";

    /// <summary>When.</summary>
    public DateTimeOffset At { get; init; }
}

/// <summary>A change to be made.</summary>
public sealed record ContextChange
{
    /// <summary>The key: letters, digits, '-', '_' and '.', in parts that '/' separates.</summary>
    public required string Key { get; init; }

    /// <summary>The value, any JSON; null deletes it.</summary>
    public JsonElement? Value { get; init; }

    /// <summary>The version that the key must have, 0 for one without a value; null, the default, for whatever it has.</summary>
    public long? Expected { get; init; }

    /// <summary>Who changes it.</summary>
    public string Writer { get; init; } = "";

    /// <summary>Is the same each time the same change is asked for; a store makes the change of a token once. Null, the default, for a change that is made each time.</summary>
    public string? Token { get; init; }
}
