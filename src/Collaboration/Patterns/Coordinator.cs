namespace AgentTeams.Collaboration;

/// <summary>How a coordinator instructs specialists.</summary>
public sealed record CoordinatorOptions : RoundOptions
{
    /// <summary>The most instructions.</summary>
    /// <value>At least 1; 8 by default.</value>
    public int MaxInstructions { get; init; } = 8;

    /// <summary>What the coordinator is asked in every round; it is not shown the task's attachments unless its prompt adds them.</summary>
    public Func<ConversationView, Prompt> Coordinate { get; init; } = TeamPrompts.Coordinate;

    /// <summary>What a specialist is asked. It sees its own exchanges with the coordinator alone.</summary>
    public Func<ConversationView, Prompt> Specialise { get; init; } = TeamPrompts.Specialise;

    private protected override void CheckOwn(OptionChecks checks) => checks.AtLeast(1, MaxInstructions);
}

public static partial class TeamPatterns
{
    /// <summary>
    /// A coordinator in the centre sends one instruction after another, in words, to the specialists that it needs, skips the others, asks some again, and answers
    /// (Chen et al. 2023, Cola: a language model that coordinates vision models). Specialists see neither the task nor each other.
    /// </summary>
    public static BoundWorkflow<Conversation, string, string> Coordinator(string name, TeamMember coordinator, IReadOnlyList<TeamMember> specialists, CoordinatorOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(coordinator);
        ArgumentNullException.ThrowIfNull(specialists);
        options ??= new();
        var team = new TeamGraph(name, [coordinator, .. specialists], options, least: 2);
        bool IsOver(Conversation s) => s.Messages.Any(m => m is { Kind: MessageKinds.Answer, IsWithheld: false }) || options.Until?.Invoke(s) == true;
        var instruct = team.Ask(coordinator, new(options.Coordinate)
        {
            Form = new(ReplyForm.Object(("to", ReplyForm.OneOf([.. specialists.Select(m => m.Name), ""])), ("text", ReplyForm.Text()))),
            Say = message => Read(message, "to") is { To.IsEmpty: false } asked
                ? asked with { Kind = MessageKinds.Question, Visibility = MessageVisibility.Recipients }
                : Read(message, "to") with { Kind = MessageKinds.Answer },
            Turn = s => s.Messages.Count(m => m.From == coordinator.Name),
            // Of a withheld instruction nobody knows what to do: the coordinator is asked again.
            Hear = (s, message) => s with { Next = message.To.IsEmpty || message.IsWithheld ? null : message.To[0] },
        });
        team.ToNext(instruct, team.Members[1..], m => team.Ask(m, new(options.Specialise, MessageKinds.Result)
        {
            Turn = s => s.Last!.Turn,
            Say = message => message with { To = [coordinator.Name], Visibility = MessageVisibility.Recipients },
        }));
        return team.Build(team.Rounds("rounds", instruct, options.MaxInstructions + 1, options.OnLimit, IsOver), team.Answer(options.Answer ?? (s => s.Last!.Text), IsOver));
    }
}
