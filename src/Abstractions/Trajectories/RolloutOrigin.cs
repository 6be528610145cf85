namespace AgentTeams;

/// <summary>
/// What a rollout depends on besides its seed key. A stored rollout stands for a new one only if all of it is equal; each part is
/// a fingerprint, so parts can be compared but not read.
/// </summary>
/// <param name="Weights">The weights of all local models.</param>
/// <param name="Team">Roles with their instructions, tools and options, which policy answers for which role, and the tokenizers, templates and limits
/// of its models.</param>
/// <param name="Code">The code that runs the team, workflow and prompts included.</param>
public sealed record RolloutOrigin(string Weights, string Team, string Code)
{
    /// <summary>The names of the parts that differ, in words for a message; empty when the other stands for this one.</summary>
    public IReadOnlyList<string> DifferencesTo(RolloutOrigin? other) =>
    [
        .. Part("weights", Weights, other?.Weights),
        .. Part("roles, tools, mapping or chat template", Team, other?.Team),
        .. Part("workflow or prompts", Code, other?.Code),
    ];

    private static IEnumerable<string> Part(string name, string own, string? other) => own == other ? [] : [name];
}
