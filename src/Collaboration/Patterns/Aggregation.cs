using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentTeams.Collaboration;

/// <summary>How one answer is made of several. A role or a workflow in its place is a judge.</summary>
public abstract class Aggregation
{
    private protected Aggregation() { }

    /// <summary>The answer with the most votes.</summary>
    public static Aggregation Majority(VoteOptions? options = null) => Weighted(ImmutableSortedDictionary<string, double>.Empty, options);

    /// <summary>The answer with the greatest sum of its voters' weights, which are data: set by hand, or learned from runs.</summary>
    /// <param name="weights">By member, finite and at least 0; 1 for whom it does not name.</param>
    /// <param name="options">How answers are compared and ties decided.</param>
    public static Aggregation Weighted(IReadOnlyDictionary<string, double> weights, VoteOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        foreach (var (member, weight) in weights)
            Guard.Require(double.IsFinite(weight) && weight >= 0, string.Create(CultureInfo.InvariantCulture, $"The weight of '{member}' is {weight}. Give a finite number of at least 0."));
        return new VoteAggregation(weights.ToImmutableSortedDictionary(StringComparer.Ordinal), options ?? new());
    }

    /// <summary>Every member ranks all proposals, and the Borda count decides (<see cref="Votes.Borda"/>).</summary>
    /// <param name="tie">What decides between equals.</param>
    /// <param name="rank">What members are asked; <see cref="TeamPrompts.Rank"/> unless given.</param>
    public static Aggregation Ranked(TieRule tie = TieRule.Earliest, Func<ConversationView, Prompt>? rank = null) => new RankedAggregation(tie, rank ?? TeamPrompts.Rank);

    /// <summary>A judge sees what was said and gives the answer.</summary>
    /// <param name="judge">A role, or a workflow from text to text.</param>
    /// <param name="prompt">What it is asked; <see cref="TeamPrompts.Judge"/> unless given.</param>
    public static Aggregation Judge(TeamMember judge, Func<ConversationView, Prompt>? prompt = null)
    {
        ArgumentNullException.ThrowIfNull(judge);
        return new JudgeAggregation(judge, prompt ?? TeamPrompts.Judge);
    }

    /// <summary>All answers, each with its member's name before it.</summary>
    public static Aggregation All() => new AllAggregation();

    /// <summary>A judge.</summary>
    public static implicit operator Aggregation(Role judge) => Judge(judge);

    /// <summary>A judge.</summary>
    public static implicit operator Aggregation(BoundWorkflow<string, string> judge) => Judge(judge);

    /// <summary>The nodes that come to the answer.</summary>
    internal abstract IEnumerable<NodeHandle> AddTo(TeamGraph team);

    /// <summary>The newest proposal of each member, in the order in which the members were declared.</summary>
    internal static ImmutableArray<TeamMessage> Proposals(IEnumerable<TeamMessage> messages, IEnumerable<string> members)
    {
        var proposed = messages.Where(m => m.Kind == MessageKinds.Proposal).ToLookup(m => m.From, StringComparer.Ordinal);
        return [.. members.Where(proposed.Contains).Select(m => proposed[m].Last())];
    }
}

internal sealed class VoteAggregation(ImmutableSortedDictionary<string, double> weights, VoteOptions options) : Aggregation
{
    internal override IEnumerable<NodeHandle> AddTo(TeamGraph team)
    {
        var unknown = weights.Keys.Except(team.Names, StringComparer.Ordinal).FirstOrDefault();
        Guard.Require(unknown is null, $"There is a weight for '{unknown}', who does not vote. The voters are: {string.Join(", ", team.Names)}.");
        return [team.Builder.AddFunction("vote", s =>
        {
            var ballots = Delivered.OrAll(Proposals(s.Messages, team.Names));
            var winner = Votes.Plurality([.. ballots.Select(b => b.Text)], [.. ballots.Select(b => weights.GetValueOrDefault(b.From, 1))], options);
            return s with { Answer = ballots[winner].Text, IsSettled = true };
        })];
    }
}

internal sealed class RankedAggregation(TieRule tie, Func<ConversationView, Prompt> rank) : Aggregation
{
    internal override IEnumerable<NodeHandle> AddTo(TeamGraph team)
    {
        var turn = new MemberTurn(rank, MessageKinds.Verdict)
        {
            Form = Form(team.Members.Length),
            See = view => view with { Messages = Proposals(view.Messages, team.Names) },
            Say = message => message with { Payload = JsonElement.Parse(message.Text) },
        };
        // Withheld proposals have numbers, too, and no chance.
        var count = team.Builder.AddFunction("count", s =>
        {
            var proposals = Proposals(s.Messages, team.Names);
            var candidates = Delivered.OrAll(proposals);
            var rankings = s.Messages.Where(m => m.Kind == MessageKinds.Verdict).TakeLast(team.Members.Length).Where(m => !m.IsWithheld)
                .Select(m => m.Payload!.Value.EnumerateArray().Select(n => candidates.IndexOf(proposals[n.GetInt32() - 1])).Where(c => c >= 0).ToImmutableArray());
            return s with { Answer = candidates[Votes.Borda([.. rankings], [.. candidates.Select(p => p.Text)], tie)].Text, IsSettled = true };
        });
        return [team.AskAll("rank", team.Members, turn), count];
    }

    internal static ReplyForm Form(int n)
    {
        // Where they are few, all orders are named, so that a model which is held to the schema gives one.
        if (n <= 4) return new(new JsonObject { ["enum"] = new JsonArray([.. Orders([.. Enumerable.Range(1, n)]).Select(o => (JsonNode)new JsonArray([.. o.Select(i => (JsonNode)i)]))]) });
        var items = new JsonObject { ["type"] = "integer", ["minimum"] = 1, ["maximum"] = n };
        return new(new JsonObject { ["type"] = "array", ["items"] = items, ["minItems"] = n, ["maxItems"] = n },
            answer => answer.EnumerateArray().Select(i => i.GetInt32()).Distinct().Count() == n ? null : "It names a proposal twice.");
    }

    private static IEnumerable<ImmutableArray<int>> Orders(ImmutableArray<int> items) =>
        items.Length <= 1 ? [items] : items.SelectMany(first => Orders(items.Remove(first)).Select(rest => rest.Insert(0, first)));
}

internal sealed class JudgeAggregation(TeamMember judge, Func<ConversationView, Prompt> prompt) : Aggregation
{
    internal override IEnumerable<NodeHandle> AddTo(TeamGraph team)
    {
        Guard.Require(!team.Names.Contains(judge.Name, StringComparer.Ordinal), $"The judge '{judge.Name}' is also a member. Give it a role of its own.");
        return [team.Ask(judge, new(prompt, MessageKinds.Answer)), team.Answer(s => s.Last!.Text, _ => true)];
    }
}

internal sealed class AllAggregation : Aggregation
{
    internal override IEnumerable<NodeHandle> AddTo(TeamGraph team) =>
        [team.Answer(s => string.Join('\n', Proposals(s.Messages, team.Names).Select(ConversationView.Line)), _ => true)];
}
