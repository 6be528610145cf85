using System.Collections.Immutable;

namespace AgentTeams.Collaboration;

/// <summary>How members write one text in turn.</summary>
public sealed record RelayOptions : TeamOptions
{
    /// <summary>How many legs there are at most; members take them in turn.</summary>
    /// <value>At least 1; null, the default, for one for each member.</value>
    public int? Legs { get; init; }

    /// <summary>Ends the relay after the leg in which it holds: a pure function of the text so far.</summary>
    /// <value>Null, the default: all legs are run.</value>
    public Func<string, bool>? Until { get; init; }

    /// <summary>What stands between the legs in the text.</summary>
    /// <value>Nothing, by default.</value>
    public string Separator { get; init; } = "";

    /// <summary>What each is asked; the messages that it sees are the legs so far.</summary>
    public Func<ConversationView, Prompt> Continue { get; init; } = TeamPrompts.Continue;

    private protected override void CheckOwn(OptionChecks checks) => checks.AtLeast(1, Legs).RequireThat(Separator is not null, "Separator is null; give a text, or leave it empty.");
}

public static partial class TeamPatterns
{
    /// <summary>
    /// Members write one text in turn, each going on where the one before stopped, for example a large model the beginning and a small one the rest (relay inference, "The Collaboration Gap", Davidson et al. 2025). The answer is
    /// the whole text.
    /// </summary>
    /// <param name="name">The workflow's name.</param>
    /// <param name="members">Who writes, in order.</param>
    /// <param name="options">Legs, stop rule and prompts; every value has a default.</param>
    public static BoundWorkflow<Conversation, string, string> Relay(string name, IReadOnlyList<TeamMember> members, RelayOptions? options = null)
    {
        options ??= new();
        var team = new TeamGraph(name, members, options);
        var legs = Enumerable.Range(0, options.Legs ?? team.Members.Length).Select(i =>
        {
            var member = team.Members[i % team.Members.Length];
            return team.Ask(member, new(options.Continue, MessageKinds.Proposal) { Node = $"leg {i + 1} {member.Name}", Turn = _ => 0 });
        }).ToImmutableArray();
        var answer = team.Answer(Written, s => options.Until?.Invoke(Written(s)) ?? true);
        if (options.Until is not { } until) return team.Build([.. legs, answer]);
        team.Builder.Start(legs[0]);
        for (var i = 0; i < legs.Length - 1; i++)
        {
            var next = legs[i + 1];
            team.Builder.Branch(legs[i], b => b.When(s => until(Written(s)), answer, "done").Otherwise(next));
        }

        team.Builder.From(legs[^1]).Then(answer);
        return team.Bind();

        string Written(Conversation state) => string.Join(options.Separator, Delivered.OrAll(state.Messages).Select(m => m.Text));
    }
}
