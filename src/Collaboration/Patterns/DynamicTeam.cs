using System.Collections.Immutable;
using System.Text.Json;

namespace AgentTeams.Collaboration;

/// <summary>How a team decides at run time who goes on, and when it is done.</summary>
public sealed record DynamicOptions : TeamOptions
{
    /// <summary>The most rounds.</summary>
    /// <value>At least 1; 3 by default.</value>
    public int Rounds { get; init; } = 3;

    /// <summary>The team is done after a round in which more than this share of those who answered say the same.</summary>
    /// <value>0 to 1; 2/3 by default, the quorum of Byzantine agreement that DyLAN takes. 1 never ends early.</value>
    public double Consensus { get; init; } = 2.0 / 3;

    /// <summary>After which round those who go on are selected.</summary>
    /// <value>At least 1; 2 by default, as in DyLAN. Beyond <see cref="Rounds"/> nobody is selected.</value>
    public int SelectAfter { get; init; } = 2;

    /// <summary>How many go on.</summary>
    /// <value>At least 1; 2 by default.</value>
    public int Keep { get; init; } = 2;

    /// <summary>Who ranks the answers to select by.</summary>
    /// <value>Null, the default: those go on whose answers most others gave, too, which costs no call.</value>
    public TeamMember? Ranker { get; init; }

    /// <summary>How answers are compared and ties decided.</summary>
    public VoteOptions Votes { get; init; } = new();

    /// <summary>What members are asked in the first round.</summary>
    public Func<ConversationView, Prompt> Propose { get; init; } = TeamPrompts.Propose;

    /// <summary>What members are asked in later rounds; they see the answers of the round before and no others.</summary>
    public Func<ConversationView, Prompt> Reconsider { get; init; } = TeamPrompts.Reconsider;

    /// <summary>What the ranker is asked.</summary>
    public Func<ConversationView, Prompt> Rank { get; init; } = TeamPrompts.Rank;

    private protected override void CheckOwn(OptionChecks checks) => checks.AtLeast(1, Rounds).Within(0, 1, Consensus).AtLeast(1, SelectAfter).AtLeast(1, Keep)
        .RequireThat(Votes is not null, "Votes is null; leave it out for its defaults.");
}

public static partial class TeamPatterns
{
    /// <summary>
    /// Rounds of answers that see those before, with fewer and fewer members: it ends by consensus, and after some round only the best go on (DyLAN, Liu et al. 2024, section 3.2). The answer is what most of those who answered last
    /// say. <see cref="TeamImportance"/> tells from its runs who contributed, so that the next team can do without the others.
    /// </summary>
    /// <param name="name">The workflow's name.</param>
    /// <param name="members">Who takes part in the first round, at least two.</param>
    /// <param name="options">Rounds, consensus and selection; every value has a default.</param>
    public static BoundWorkflow<Conversation, string, string> Dynamic(string name, IReadOnlyList<TeamMember> members, DynamicOptions? options = null)
    {
        options ??= new();
        var team = new TeamGraph(name, members, options, least: 2);
        var rounds = new DynamicRounds([.. team.Names], options);
        Prompt Argue(ConversationView view) => (view.Messages.IsEmpty ? options.Propose : options.Reconsider)(view);
        var turn = new MemberTurn(Argue, MessageKinds.Proposal)
        {
            See = view => view with { Messages = DynamicRounds.Last(view.Messages) },
        };
        var argue = team.Builder.AddParallel("argue", p =>
        {
            foreach (var member in team.Members)
            {
                // A member's own answers tell the round: at a join the others' may be there already.
                int Round(Conversation state) => state.Messages.Count(m => m.From == member.Name && m.Kind == MessageKinds.Proposal);
                var asked = turn with { Node = $"argue {member.Name}", DecidePurpose = s => DynamicRounds.NameOf(Round(s)), Turn = Round };
                p.Branch(team.Ask(member, asked), s => rounds.Active(s).Contains(member.Name));
            }
        });
        if (options.SelectAfter < options.Rounds && options.Keep < team.Members.Length)
        {
            var done = team.Builder.AddFunction("round", s => s);
            var select = options.Ranker is { } ranker ? team.Ask(ranker, rounds.Ranking(options.Rank)) : team.Builder.AddFunction("select", rounds.SelectByAgreement);
            team.Builder.Branch(argue, b => b.When(rounds.IsToSelect, select, "select").Otherwise(done));
            team.Builder.From(select).Then(done);
        }

        return team.Build([team.Rounds("rounds", argue, options.Rounds, LoopLimit.GoOn, rounds.IsAgreed), team.Answer(rounds.Answer, rounds.IsAgreed)]);
    }
}

/// <summary>What the messages of a dynamic team say of its rounds: pure functions of the conversation.</summary>
internal sealed class DynamicRounds(ImmutableArray<string> members, DynamicOptions options)
{
    private const string Selection = "selection";

    public static string NameOf(int round) => $"round {round + 1}";

    /// <summary>How many rounds are done, or begun.</summary>
    public static int Count(ImmutableArray<TeamMessage> messages) => messages.Where(m => m.Kind == MessageKinds.Proposal).Select(m => m.Purpose).Distinct(StringComparer.Ordinal).Count();

    /// <summary>The answers of the last round.</summary>
    public static ImmutableArray<TeamMessage> Last(ImmutableArray<TeamMessage> messages) =>
        messages.LastOrDefault(m => m.Kind == MessageKinds.Proposal)?.Purpose is { } round ? [.. messages.Where(m => m.Kind == MessageKinds.Proposal && m.Purpose == round)] : [];

    /// <summary>Who answers in the next round.</summary>
    public ImmutableArray<string> Active(Conversation state) =>
        state.Messages.LastOrDefault(m => m.Purpose == Selection)?.Payload is { } kept ? [.. kept.EnumerateArray().Select(n => n.GetString()!)] : members;

    public bool IsAgreed(Conversation state)
    {
        var answers = Last(state.Messages);
        return !answers.IsEmpty && answers.Max(a => Alike(answers, a)) > options.Consensus * answers.Length;
    }

    public bool IsToSelect(Conversation state) => Count(state.Messages) == options.SelectAfter && !IsAgreed(state);

    public string Answer(Conversation state)
    {
        var answers = Delivered.OrAll(Last(state.Messages));
        return answers[Votes.Plurality([.. answers.Select(a => a.Text)], [.. answers.Select(_ => 1.0)], options.Votes)].Text;
    }

    public Conversation SelectByAgreement(Conversation state) => state.Say(Kept("select", ByAgreement(Last(state.Messages))));

    /// <summary>What the ranker is asked, and who goes on by its answer.</summary>
    public MemberTurn Ranking(Func<ConversationView, Prompt> prompt) => new(prompt, MessageKinds.Verdict)
    {
        Purpose = Selection,
        Form = RankedAggregation.Form(members.Length),
        See = view => view with { Messages = Last(view.Messages) },
        Hear = (state, message) =>
        {
            var answers = Last(state.Messages);
            var order = message.IsWithheld ? ByAgreement(answers) : JsonElement.Parse(message.Text).EnumerateArray().Select(n => answers[n.GetInt32() - 1].From);
            return state with { Messages = state.Messages.SetItem(state.Messages.Length - 1, state.Last! with { Payload = Kept(message.From, order).Payload }) };
        },
    };

    // In the order in which the members were declared, so that the next round is asked in it.
    private TeamMessage Kept(string from, IEnumerable<string> best)
    {
        var kept = best.Take(options.Keep).ToHashSet(StringComparer.Ordinal);
        var names = members.Where(kept.Contains).ToList();
        return new() { From = from, Kind = MessageKinds.Verdict, Purpose = Selection, Text = $"Go on: {string.Join(", ", names)}.", Payload = JsonSerializer.SerializeToElement(names) };
    }

    private IEnumerable<string> ByAgreement(ImmutableArray<TeamMessage> answers) => answers.OrderByDescending(a => Alike(answers, a)).Select(a => a.From);

    // With a withheld answer nobody agrees, not even its member.
    private int Alike(ImmutableArray<TeamMessage> answers, TeamMessage answer)
    {
        if (answer.IsWithheld) return 0;
        var form = options.Votes.Normalise(answer.Text);
        return answers.Count(a => !a.IsWithheld && options.Votes.Normalise(a.Text) == form);
    }
}
