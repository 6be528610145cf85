using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentTeams.Collaboration;

/// <summary>How drafts are searched.</summary>
public sealed record TreeSearchOptions : TeamOptions
{
    /// <summary>The most drafts.</summary>
    /// <value>At least 1; 8 by default.</value>
    public int Drafts { get; init; } = 8;

    /// <summary>The search ends with a draft of at least this value.</summary>
    /// <value>0 to 1; 1 by default.</value>
    public double Target { get; init; } = 1;

    /// <summary>How much a draft that was seldom gone on from counts beside one of high value: c in mean + c · sqrt(ln N / n).</summary>
    /// <value>At least 0; sqrt(2) by default, as in UCB1. 0 always goes on from the best.</value>
    public double Exploration { get; init; } = Math.Sqrt(2);

    /// <summary>How often one draft is gone on from, and how many first drafts there are.</summary>
    /// <value>At least 1; 3 by default.</value>
    public int Width { get; init; } = 3;

    /// <summary>How many drafts follow one from another at most.</summary>
    /// <value>At least 1; 4 by default.</value>
    public int Depth { get; init; } = 4;

    /// <summary>What an expander is asked for a first draft.</summary>
    public Func<ConversationView, Prompt> Draft { get; init; } = TeamPrompts.Draft;

    /// <summary>What an expander is asked for a draft after others, which it sees with their values.</summary>
    public Func<ConversationView, Prompt> Refine { get; init; } = TeamPrompts.Refine;

    /// <summary>What a valuer that is a role is asked; it sees the draft with those before it.</summary>
    public Func<ConversationView, Prompt> Value { get; init; } = TeamPrompts.Value;

    private protected override void CheckOwn(OptionChecks checks) => checks.AtLeast(1, Drafts).Within(0, 1, Target).Require(Exploration >= 0, Exploration, "a number of at least 0").AtLeast(1, Width).AtLeast(1, Depth);
}

/// <summary>Who says how good a draft is: a role, or a function such as a share of passed tests.</summary>
public sealed class Valuer
{
    private const int Scale = 10;
    private readonly TeamMember? _member;
    private readonly Func<string, string, CancellationToken, ValueTask<double>>? _value;

    private Valuer(TeamMember? member, Func<string, string, CancellationToken, ValueTask<double>>? value) => (_member, _value) = (member, value);

    /// <summary>A role gives a grade from 0 to 10, which counts as 0 to 1, and a critique.</summary>
    public static implicit operator Valuer(Role role) => By((TeamMember)role);

    /// <summary>A member gives a grade from 0 to 10, which counts as 0 to 1, and a critique.</summary>
    public static Valuer By(TeamMember member)
    {
        ArgumentNullException.ThrowIfNull(member);
        return new(member, null);
    }

    /// <summary>A function of the task and the draft, from 0 to 1. It may work outside of the run; what it gives is recorded and not asked again.</summary>
    public static Valuer By(Func<string, string, CancellationToken, ValueTask<double>> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return new(null, value);
    }

    internal NodeHandle AddTo(TeamGraph team, Func<ConversationView, Prompt> prompt) => _member is not null
        ? team.Ask(_member, new(prompt, MessageKinds.Verdict)
        {
            DecidePurpose = s => s.LastOf(MessageKinds.Proposal)!.Purpose,
            Turn = DraftTree.Values,
            See = view => view with { Messages = DraftTree.Branch(view.Messages, view.Messages.Last(m => m.Kind == MessageKinds.Proposal).Purpose) },
            Form = new(ReplyForm.Object(("grade", new JsonObject { ["enum"] = new JsonArray([.. Enumerable.Range(0, Scale + 1).Select(g => (JsonNode)g)]) }), ("critique", ReplyForm.Text()))),
            Say = message => JsonElement.Parse(message.Text) is var verdict ? Valued(message, verdict.GetProperty("grade").GetInt32() / (double)Scale, verdict.GetProperty("critique").GetString()!) : message,
        })
        : team.Builder.AddFunction("value", (s, token) => CheckedAsync(s, token), (s, value) =>
            s.Say(Valued(new() { From = "value", Kind = MessageKinds.Verdict, Purpose = s.LastOf(MessageKinds.Proposal)!.Purpose }, value, FormattableString.Invariant($"{value:0.###}")), DraftTree.Values(s)));

    private async ValueTask<double> CheckedAsync(Conversation state, CancellationToken cancellationToken)
    {
        var value = await _value!(state.Task, state.LastOf(MessageKinds.Proposal)!.Text, cancellationToken).ConfigureAwait(false);
        return value is >= 0 and <= 1 ? value : throw new AgentTeamsException(FormattableString.Invariant($"The value of a draft is {value}. Give a number from 0 to 1."));
    }

    private static TeamMessage Valued(TeamMessage message, double value, string text) => message with { Text = text, Payload = JsonSerializer.SerializeToElement(new { value }) };
}

public static partial class TeamPatterns
{
    /// <summary>
    /// Searches a tree of drafts: the next draft goes on from the one that upper confidence bounds choose (UCT, Kocsis and Szepesvári 2006), and what it is worth counts for all before it. Several expanders take turns, so that different
    /// models share one tree (MARS², Chen et al. 2025). The answer is the draft of the highest value.
    /// </summary>
    /// <param name="name">The workflow's name.</param>
    /// <param name="expanders">Who writes drafts, at least one.</param>
    /// <param name="valuer">What a draft is worth.</param>
    /// <param name="options">Size and rule of the search; every value has a default.</param>
    public static BoundWorkflow<Conversation, string, string> TreeSearch(string name, IReadOnlyList<TeamMember> expanders, Valuer valuer, TreeSearchOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(valuer);
        options ??= new();
        var team = new TeamGraph(name, expanders, options);
        var tree = new DraftTree(team.Members.Length, options);
        var pick = team.Builder.AddFunction("pick", s => s);
        var value = valuer.AddTo(team, options.Value);
        var expand = team.Members.Select((member, i) => team.Ask(member, new(view => (view.Messages.IsEmpty ? options.Draft : options.Refine)(view), MessageKinds.Proposal)
        {
            Node = $"expand {member.Name}",
            DecidePurpose = s => tree.Next(s.Messages)!.Path,
            Turn = DraftTree.Values,
            See = view => view with { Messages = DraftTree.Branch(view.Messages, DraftTree.Parent(tree.Next(view.Messages)!.Path)) },
        })).ToImmutableArray();
        foreach (var node in expand) team.Builder.From(node).Then(value);
        if (expand.Length == 1) team.Builder.From(pick).Then(expand[0]);
        else
        {
            team.Builder.Branch(pick, b =>
            {
                for (var i = 0; i < expand.Length - 1; i++)
                {
                    var expander = i;
                    b = b.When(s => tree.Next(s.Messages)!.Expander == expander, expand[expander], team.Members[expander].Name);
                }

                b.Otherwise(expand[^1], team.Members[^1].Name);
            });
        }

        var search = team.Rounds("search", pick, options.Drafts, LoopLimit.GoOn, s => tree.IsFound(s.Messages) || tree.Next(s.Messages) is null);
        return team.Build([search, team.Answer(s => DraftTree.Best(s.Messages).Text, s => tree.IsFound(s.Messages))]);
    }
}
