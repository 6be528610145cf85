using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentTeams.Collaboration;

/// <summary>How typed messages are passed.</summary>
public sealed record MessagePassingOptions : RoundOptions
{
    /// <summary>The kinds of message that members may send; the kind <see cref="MessageKinds.Answer"/> ends the work and is always among them.</summary>
    /// <value><see cref="MessageKinds.Say"/> by default.</value>
    public ImmutableArray<MessageKind> Kinds { get; init; } = [new(MessageKinds.Say)];

    /// <summary>The most rounds, in each of which every member sends one message.</summary>
    /// <value>At least 1; 4 by default.</value>
    public int MaxRounds { get; init; } = 4;

    /// <summary>Whether members send one after another, each seeing what the one before sent, or all at once.</summary>
    /// <value>One after another by default.</value>
    public ActionOrder Order { get; init; } = ActionOrder.Sequential;

    /// <summary>What a member is asked.</summary>
    public Func<ConversationView, Prompt> Send { get; init; } = TeamPrompts.Send;

    private protected override void CheckOwn(OptionChecks checks)
    {
        checks.AtLeast(1, MaxRounds).RequireThat(!Kinds.IsDefaultOrEmpty, "Kinds is empty; give at least one kind of message.");
        foreach (var kind in Kinds.IsDefault ? [] : Kinds) checks.Part(kind, $"Kinds[{kind.Name}]");
    }
}

/// <summary>Envelopes: an answer is one message, its recipients, kind and payload checked before it counts.</summary>
internal sealed class MessagePassing(MessagePassingOptions options) : Protocol
{
    public override BoundWorkflow<Conversation, string, string> ToWorkflow(string name, IReadOnlyList<TeamMember> members)
    {
        var team = new TeamGraph(name, members, options, least: 2);
        ImmutableArray<MessageKind> kinds = [.. options.Kinds, .. options.Kinds.Any(k => k.Name == MessageKinds.Answer) ? [] : new[] { new MessageKind(MessageKinds.Answer, Description: "Ends the work.") }];
        var until = options.Until ?? (s => s.Messages.Any(m => m is { Kind: MessageKinds.Answer, IsWithheld: false }));
        MemberTurn Turn(TeamMember member) => new(options.Send)
        {
            Form = Form(kinds, team.Names.Where(n => n != member.Name)),
            See = view => view with { Kinds = kinds },
            Say = Read,
        };
        var round = options.Order == ActionOrder.Sequential
            ? team.Chain([.. team.Members.Select(m => team.Ask(m, Turn(m)))])
            : team.Builder.AddParallel("send", p =>
            {
                foreach (var member in team.Members) p.Branch(team.Ask(member, Turn(member)));
            });
        return team.Build(team.Rounds("rounds", round, options.MaxRounds, options.OnLimit, until),
            team.Answer(options.Answer ?? (s => (s.Messages.LastOrDefault(m => m is { Kind: MessageKinds.Answer, IsWithheld: false }) ?? s.Last)?.Text ?? ""), until));
    }

    private static ReplyForm Form(ImmutableArray<MessageKind> kinds, IEnumerable<string> others)
    {
        string[] names = [.. others];
        // A private message names its recipients, so it has a form of its own.
        JsonNode Envelope(MessageKind kind, bool isPrivate)
        {
            List<(string, JsonNode)> members =
            [
                ("kind", ReplyForm.OneOf([kind.Name])),
                ("private", new JsonObject { ["enum"] = new JsonArray(isPrivate) }),
                ("to", new JsonObject { ["type"] = "array", ["items"] = ReplyForm.OneOf(names), ["minItems"] = isPrivate ? 1 : 0, ["maxItems"] = names.Length }),
                ("purpose", ReplyForm.Text()),
                ("text", ReplyForm.Text()),
            ];
            if (kind.PayloadSchema is { } payload) members.Add(("payload", JsonNode.Parse(payload.GetRawText())!));
            return ReplyForm.Object([.. members]);
        }

        return new(new JsonObject { ["anyOf"] = new JsonArray([.. kinds.SelectMany(k => new[] { Envelope(k, false), Envelope(k, true) })]) });
    }

    private static TeamMessage Read(TeamMessage message)
    {
        var sent = JsonElement.Parse(message.Text);
        return message with
        {
            Kind = sent.GetProperty("kind").GetString()!,
            To = [.. sent.GetProperty("to").EnumerateArray().Select(t => t.GetString()!).Distinct(StringComparer.Ordinal)],
            Visibility = sent.GetProperty("private").GetBoolean() ? MessageVisibility.Recipients : MessageVisibility.Everyone,
            Purpose = sent.GetProperty("purpose").GetString()!,
            Text = sent.GetProperty("text").GetString()!,
            Payload = sent.TryGetProperty("payload", out var payload) ? payload : null,
        };
    }
}
