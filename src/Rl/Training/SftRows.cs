using Microsoft.Extensions.AI;

namespace AgentTeams.Rl;

/// <summary>Examples as the rows that <see cref="SftTrainer"/> learns from.</summary>
public static class SftRows
{
    /// <summary>Renders examples by the template of each role's model; only the reply is learned.</summary>
    /// <param name="models">The team and its models.</param>
    /// <param name="examples">The examples.</param>
    /// <param name="onBase">
    /// Whether the models' own weights learn where roles have adapters: right where the weights are random or all roles share what is shown, as adapters on a
    /// base that knows nothing have nothing to adapt. False by default: a role's adapter learns.
    /// </param>
    /// <returns>Rows by the policy that learns from them.</returns>
    /// <exception cref="AgentTeamsException">An example is of no role of the team, or of one that is answered by a frozen model.</exception>
    public static IReadOnlyDictionary<PolicyId, IReadOnlyList<TrainingRow>> From(TeamModels models, IEnumerable<SftExample> examples, bool onBase = false)
    {
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(examples);
        return examples.Select(e => (Policy: PolicyOf(models, e.Role, onBase), Row: RowOf(models, e)))
            .GroupBy(r => r.Policy).ToDictionary(g => g.Key, IReadOnlyList<TrainingRow> (g) => [.. g.Select(r => r.Row)]);
    }

    private static PolicyId PolicyOf(TeamModels models, string role, bool onBase)
    {
        var policy = models.Team.Models[models.Team[role].Name];
        if (models.Team.Models.IsFrozen(role)) throw new AgentTeamsException($"There are examples of the role '{role}', whose model '{policy.Model}' is frozen. Leave them out.");
        return onBase ? new(policy.Model) : policy;
    }

    /// <summary>An example as a row.</summary>
    internal static TrainingRow RowOf(TeamModels models, SftExample example)
    {
        var role = models.Team[example.Role];
        var model = models.GetModel(models.Team.Models[role.Name]);
        var ids = example.Tokens is { } sampled && example.SampledBy == model.Id ? sampled : model.Tokenize(Instructed(role, example.Messages), example.Reply);
        return new()
        {
            Role = role.Name,
            PromptIds = ids.PromptIds,
            CompletionIds = ids.CompletionIds,
            Weights = example.Weight == 1 ? [] : [.. Enumerable.Repeat(example.Weight, ids.CompletionIds.Length)],
        };
    }

    private static IReadOnlyList<ChatMessage> Instructed(Role role, IReadOnlyList<ChatMessage> messages) =>
        role.Instructions.Length == 0 || (messages.Count > 0 && messages[0].Role == ChatRole.System) ? messages : [new(ChatRole.System, role.Instructions), .. messages];
}
