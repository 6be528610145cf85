using System.Collections.Immutable;
using Microsoft.Extensions.AI;

namespace AgentTeams.Collaboration;

/// <summary>
/// What a message must pass before others see it: an option of every protocol and pattern. A member's answer is judged; one that is refused is recorded with the
/// reason, and the member is asked again; one that is refused to the end is put into quarantine, and others are told only that it is missing. All of it is nodes of
/// the workflow, so decisions are recorded, and a run that is resumed, forked or replayed does not take them again.
/// </summary>
/// <example>
/// <code>
/// var governance = new Governance { Verifier = MessageVerifier.Ask(checker) };
/// var team = TeamPatterns.Sequential("report", [planner, executor, summariser], new() { Governance = governance });
/// </code>
/// </example>
public sealed record Governance : IChecked
{
    internal const string SpeakNode = "speak";
    internal const string CheckNode = "check";
    internal const string SettleNode = "settle";

    /// <summary>Who judges.</summary>
    public required MessageVerifier Verifier { get; init; }

    /// <summary>The most times that a member is asked again after a refusal.</summary>
    /// <value>0 or more; 2 by default.</value>
    public int MaxRepairs { get; init; } = 2;

    /// <summary>The kinds of message that are not judged, as the pattern names them before they are read.</summary>
    /// <value>Verdicts and plans by default: they steer the team and claim nothing.</value>
    public ImmutableArray<string> Exempt { get; init; } = [MessageKinds.Verdict, MessageKinds.Plan];

    /// <summary>What happens to a message that was refused to the end.</summary>
    /// <value>It is withheld, by default.</value>
    public QuarantineRule OnQuarantine { get; init; } = QuarantineRule.Withhold;

    /// <summary>What others read in place of a withheld message: a pure function, which must not repeat what is withheld.</summary>
    public Func<string, string> Withheld { get; init; } = member => $"({member}'s message is withheld: it was not verified.)";

    /// <summary>What a member is told with a refusal, from the reason: a pure function.</summary>
    public Func<string, string> Repair { get; init; } = reason => $"Your message was not delivered: {reason} Say it again, mended.";

    void IChecked.Check(OptionChecks checks) => checks
        .RequireThat(Verifier is not null, "Verifier is null; give a MessageVerifier.")
        .AtLeast(0, MaxRepairs)
        .RequireThat(!Exempt.IsDefault, "Exempt has no value; give an array, which may be empty.");

    /// <summary>Whether messages of a kind are judged.</summary>
    internal bool Covers(string kind) => !Exempt.Contains(kind, StringComparer.Ordinal);

    /// <summary>Adds the node in which a member answers and is judged.</summary>
    internal NodeHandle AddTo<TState>(WorkflowBuilder<TState> wf, TeamMember member, string node, Func<TState, GovernedTurn> ask, Func<TState, Delivery, TState> update,
        NodeDefaults defaults, ReplyForm? form = null, bool mayAct = true)
        where TState : notnull => wf.AddWorkflow(Build(member, node, defaults, form, mayAct), ask, update, new() { Name = node });

    /// <summary>The conversation after a judgement: with the message, or with what stands in its place.</summary>
    internal Conversation Deliver(Conversation state, TeamMessage message, Delivery done, Func<Conversation, TeamMessage, Conversation> say)
    {
        if (done.Problem is not { } reason) return say(state, message);
        if (OnQuarantine == QuarantineRule.Fail) throw new QuarantineException(message.From, done.Attempts, reason);
        var told = say(state, message with { Text = Withheld(message.From), Payload = null, IsWithheld = true });
        return told with { Quarantine = told.Quarantine.Add(new(message with { Turn = told.Last!.Turn }, reason, done.Attempts)) };
    }

    private BoundWorkflow<Delivery, GovernedTurn, Delivery> Build(TeamMember member, string node, NodeDefaults defaults, ReplyForm? form, bool mayAct)
    {
        var wf = Workflow.CreateBuilder<Delivery>(node, defaults);
        var speak = member.AddTo(wf, SpeakNode, Asked, (s, text, certainty) => s with { Text = text, Certainty = certainty, Attempts = s.Attempts + 1, Verdicts = [] }, form, mayAct);
        // What was decided stands in the record, for whoever reads it without this value.
        var settle = wf.AddFunction(SettleNode, (s, _) => new ValueTask<CheckVerdict>(new CheckVerdict(Verifier.Settle(s.Verdicts))), (s, verdict) => s with { Problem = verdict.Problem });
        wf.From(speak).Then(Verifier.AddTo(wf)).Then(settle);
        wf.Start(wf.AddLoop("attempts", speak, s => s.Problem is null, new() { MaxRounds = MaxRepairs + 1, OnLimit = LoopLimit.GoOn }));
        return wf.Build().Bind((GovernedTurn turn) => new Delivery(turn.View.Self, turn.Kind, turn.Asked, Seen(turn.View)), s => s, new() { Name = node });
    }

    // A state holds plain values, and a view the members themselves.
    private static Conversation Seen(ConversationView view) => new(view.Task)
    {
        Messages = view.Messages, Attachments = view.Attachments, Ledger = view.Ledger, Observations = view.Observation.Length == 0 ? [] : [new(view.Self, view.Observation)],
    };

    // The member reads what it said, and why it was not delivered.
    private Prompt Asked(Delivery s) => s.Problem is not { } problem ? Prompt.From(s.Asked.AsSpan())
        : Prompt.From([.. s.Asked, new ChatMessage(ChatRole.Assistant, s.Text), new ChatMessage(ChatRole.User, Repair(problem))]);
}

/// <summary>What happens to a message that was refused to the end.</summary>
public enum QuarantineRule
{
    /// <summary>Others read that it is missing, and the team goes on.</summary>
    Withhold,

    /// <summary>The run fails with a <see cref="QuarantineException"/>.</summary>
    Fail,
}

/// <summary>A message was refused to the end, and <see cref="Governance.OnQuarantine"/> says that the run fails then.</summary>
public sealed class QuarantineException : AgentTeamsException
{
    internal QuarantineException(string member, int attempts, string reason)
        : base($"The message of '{member}' was refused {attempts} time(s), at last because: {reason} Raise Governance.MaxRepairs, mend the verifier, or let OnQuarantine be {nameof(QuarantineRule.Withhold)}.") => Member = member;

    /// <inheritdoc/>
    public override FailureCause Cause => FailureCause.Policy;

    /// <summary>Who said it.</summary>
    public string Member { get; }
}

/// <summary>A message that was refused to the end. It is in the state and the record of its run, and in no prompt of others.</summary>
/// <param name="Message">What was said last.</param>
/// <param name="Reason">Why it was refused.</param>
/// <param name="Attempts">How often the member was asked.</param>
public sealed record QuarantinedMessage(TeamMessage Message, string Reason, int Attempts);

/// <summary>What a member is asked under governance.</summary>
internal sealed record GovernedTurn(ConversationView View, string Kind, ImmutableArray<ChatMessage> Asked)
{
    public GovernedTurn(ConversationView view, string kind, Func<ConversationView, Prompt> prompt)
        : this(view, kind, [.. prompt(view).Messages]) { }
}

/// <summary>A message on its way to others.</summary>
internal sealed record Delivery(string From, string Kind, ImmutableArray<ChatMessage> Asked, Conversation Seen, string Text = "", int Attempts = 0, string? Problem = null)
{
    /// <summary>What each check said of the text, in their order.</summary>
    public ImmutableArray<CheckVerdict> Verdicts { get; init; } = [];

    /// <summary>How certain the member's model was of the text; null where it cannot tell.</summary>
    public double? Certainty { get; init; }

    public PendingMessage ToPending() => new(From, Kind, Text, Seen.For(From), Attempts);
}
