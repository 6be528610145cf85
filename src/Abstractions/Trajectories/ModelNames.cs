namespace AgentTeams;

/// <summary>Names of other programs' models, which may hold what ids of policies may not.</summary>
internal static class ModelNames
{
    /// <summary>The policy of a model's name, every other character a '-'; null without a name.</summary>
    public static PolicyId? ToPolicy(string? model) =>
        string.IsNullOrWhiteSpace(model) ? null
            : new(string.Concat(model.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ' ' ? c : '-')));
}
