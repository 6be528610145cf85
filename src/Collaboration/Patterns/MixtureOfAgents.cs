namespace AgentTeams.Collaboration;

/// <summary>How layers of proposers work.</summary>
public sealed record MixtureOptions : TeamOptions
{
    /// <summary>What the proposers of the first layer are asked.</summary>
    public Func<ConversationView, Prompt> Propose { get; init; } = TeamPrompts.Propose;

    /// <summary>What the proposers of later layers and the aggregator are asked; they see the answers of the layer before and no others.</summary>
    public Func<ConversationView, Prompt> Aggregate { get; init; } = TeamPrompts.Aggregate;

    private protected override void CheckOwn(OptionChecks checks) { }
}

public static partial class TeamPatterns
{
    /// <summary>Layers of proposers, each of which is given all answers of the layer before, and an aggregator at the end (Wang et al. 2024, "Mixture-of-Agents").</summary>
    /// <param name="name">The workflow's name.</param>
    /// <param name="layers">The proposers of each layer; a member may be in several.</param>
    /// <param name="aggregator">Who makes one answer of the last layer's.</param>
    /// <param name="options">Prompts; every value has a default.</param>
    public static BoundWorkflow<Conversation, string, string> MixtureOfAgents(string name, IReadOnlyList<IReadOnlyList<TeamMember>> layers, TeamMember aggregator, MixtureOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(layers);
        ArgumentNullException.ThrowIfNull(aggregator);
        options ??= new();
        Guard.Require(layers.All(l => l?.All(m => m is not null) != false), $"A member of the team '{name}' is null. Give roles and workflows.");
        Guard.Require(layers.Count > 0 && layers.All(l => l is { Count: > 0 }), $"A layer of the team '{name}' is empty, or there is none. Give at least one layer of at least one member.");
        var team = new TeamGraph(name, [.. layers.SelectMany(l => l).DistinctBy(m => m.Name, StringComparer.Ordinal)], options);
        var nodes = layers.Select((members, layer) => team.AskAll(Layer(layer), members, new(layer == 0 ? options.Propose : options.Aggregate, MessageKinds.Proposal)
        {
            Purpose = Layer(layer),
            See = Before(layer),
        })).ToList();
        return team.Build([.. nodes, team.Ask(aggregator, new(options.Aggregate, MessageKinds.Answer) { Node = $"aggregate {aggregator.Name}", See = Before(layers.Count) }), team.Answer(s => s.Last!.Text, _ => true)]);
    }

    private static string Layer(int layer) => $"layer {layer + 1}";

    private static Func<ConversationView, ConversationView> Before(int layer) => view => view with { Messages = [.. view.Messages.Where(m => m.Purpose == Layer(layer - 1))] };
}
