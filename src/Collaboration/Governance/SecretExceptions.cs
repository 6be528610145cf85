namespace AgentTeams.Collaboration;

/// <summary>A vault was given a placeholder that is not its own: the run was made with another vault.</summary>
public sealed class UnknownPlaceholderException : AgentTeamsException
{
    internal UnknownPlaceholderException(string placeholder, string vault)
        : base($"The vault '{vault}' does not know the placeholder '{placeholder}'. Go on with the vault that made it, or one with its key and its store.") => Placeholder = placeholder;

    internal UnknownPlaceholderException(string vault, string noted, string run)
        : base($"The run '{run}' was begun with the vault '{noted}', and the trust zone has '{vault}'. Go on with the vault of its beginning, or one with its key and its store.") => Placeholder = "";

    /// <summary>The placeholder; empty where the run as a whole is another vault's.</summary>
    public string Placeholder { get; }
}

/// <summary>A secret stands where it would be stored or sent. The message names its kind and never the secret.</summary>
public sealed class UnprotectedSecretException : AgentTeamsException
{
    internal UnprotectedSecretException(string where, IReadOnlyList<string> kinds, string fix)
        : base($"{where} holds a secret of the kind {string.Join(", ", kinds)}. {fix}") => Kinds = kinds;

    /// <summary>Which kinds were found.</summary>
    public IReadOnlyList<string> Kinds { get; }
}
