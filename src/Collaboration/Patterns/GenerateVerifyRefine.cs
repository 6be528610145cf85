using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentTeams.Collaboration;

/// <summary>How drafts are verified and refined.</summary>
public sealed record RefineOptions : TeamOptions
{
    /// <summary>The most drafts, the first included.</summary>
    /// <value>At least 1; 3 by default.</value>
    public int MaxAttempts { get; init; } = 3;

    /// <summary>Who writes drafts after a critique.</summary>
    /// <value>Null, the default, for the generator.</value>
    public TeamMember? Refiner { get; init; }

    /// <summary>Who answers when no draft was accepted: the edge that the run takes then.</summary>
    /// <value>Null, the default: <see cref="OnLimit"/> says what happens.</value>
    public TeamMember? Fallback { get; init; }

    /// <summary>What happens without a fallback when no draft was accepted: the last draft is the answer, or the run fails.</summary>
    /// <value>The last draft is the answer, by default; <see cref="Conversation.IsSettled"/> tells that it was not accepted.</value>
    public LoopLimit OnLimit { get; init; } = LoopLimit.GoOn;

    /// <summary>What the generator is asked.</summary>
    public Func<ConversationView, Prompt> Draft { get; init; } = TeamPrompts.Draft;

    /// <summary>What a verifier that is a role is asked.</summary>
    public Func<ConversationView, Prompt> Verify { get; init; } = TeamPrompts.Verify;

    /// <summary>What the refiner is asked.</summary>
    public Func<ConversationView, Prompt> Refine { get; init; } = TeamPrompts.Refine;

    /// <summary>What the fallback is asked.</summary>
    public Func<ConversationView, Prompt> Conclude { get; init; } = TeamPrompts.Conclude;

    private protected override void CheckOwn(OptionChecks checks) => checks.AtLeast(1, MaxAttempts)
        .RequireThat(Fallback is null || OnLimit == LoopLimit.GoOn, "There is a Fallback, and OnLimit says that the run fails; give one of them.");
}

/// <summary>Who says whether a draft is good: a role, or a function such as a compiler, a test or a checker.</summary>
public sealed class Verifier
{
    internal const string Accepted = "accepted";
    private readonly TeamMember? _member;
    private readonly Func<string, string, CancellationToken, ValueTask<string?>>? _check;

    private Verifier(TeamMember member) => _member = member;

    private Verifier(Func<string, string, CancellationToken, ValueTask<string?>> check) => _check = check;

    /// <summary>A role verifies: it answers whether it accepts, and with what critique.</summary>
    public static implicit operator Verifier(Role role) => By((TeamMember)role);

    /// <summary>A member verifies: it answers whether it accepts, and with what critique.</summary>
    public static Verifier By(TeamMember member)
    {
        ArgumentNullException.ThrowIfNull(member);
        return new(member);
    }

    /// <summary>A function of the task and the draft verifies: null to accept, or what is wrong. It may work outside of the run; what it says is recorded and not asked again.</summary>
    public static Verifier By(Func<string, string, CancellationToken, ValueTask<string?>> check)
    {
        ArgumentNullException.ThrowIfNull(check);
        return new(check);
    }

    internal NodeHandle AddTo(TeamGraph team, Func<ConversationView, Prompt> prompt, string? node = null, Func<Conversation, int>? turn = null) => _member is not null
        ? team.Ask(_member, new(prompt, MessageKinds.Verdict)
        {
            Node = node,
            Turn = turn ?? Verdicts,
            Form = new(ReplyForm.Object(("accepted", new JsonObject { ["type"] = "boolean" }), ("critique", ReplyForm.Text()))),
            Say = message => JsonElement.Parse(message.Text) is var verdict ? Verdict(message, verdict.GetProperty("accepted").GetBoolean() ? null : verdict.GetProperty("critique").GetString()!) : message,
        })
        : team.Builder.AddFunction(node ?? "verify", (s, token) => _check!(s.Task, s.LastOf(MessageKinds.Proposal)!.Text, token), (s, critique) => s.Say(Verdict(new() { From = "verify" }, critique), (turn ?? Verdicts)(s)));

    private static TeamMessage Verdict(TeamMessage message, string? critique) =>
        message with { Kind = MessageKinds.Verdict, To = [], Text = critique ?? Accepted, Payload = JsonSerializer.SerializeToElement(new { accepted = critique is null }) };

    /// <summary>How many drafts were judged: every attempt is a round.</summary>
    internal static int Verdicts(Conversation state) => state.Messages.Count(m => m.Kind == MessageKinds.Verdict);

    // Of a withheld draft the verifier saw only that it is missing.
    internal static bool HasAccepted(Conversation state) => state.LastOf(MessageKinds.Proposal)?.IsWithheld == false && state.LastOf(MessageKinds.Verdict)?.Payload?.GetProperty("accepted").GetBoolean() == true;
}

public static partial class TeamPatterns
{
    /// <summary>A draft, a verdict, another draft, until one is accepted or the attempts are used up (Madaan et al. 2023, Self-Refine; MALT, Motwani et al. 2024).</summary>
    public static BoundWorkflow<Conversation, string, string> GenerateVerifyRefine(string name, TeamMember generator, Verifier verifier, RefineOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(generator);
        ArgumentNullException.ThrowIfNull(verifier);
        options ??= new();
        var team = new TeamGraph(name, [generator], options);
        var attempt = team.Builder.AddFunction("attempt", s => s);
        var draft = team.Ask(generator, new(options.Draft, MessageKinds.Proposal) { Node = $"draft {generator.Name}", Turn = Verifier.Verdicts });
        var refiner = options.Refiner ?? generator;
        var refine = team.Ask(refiner, new(options.Refine, MessageKinds.Proposal) { Node = $"refine {refiner.Name}", Turn = Verifier.Verdicts });
        var verify = verifier.AddTo(team, options.Verify);
        team.Builder.Branch(attempt, b => b.When(s => s.LastOf(MessageKinds.Proposal) is null, draft).Otherwise(refine));
        team.Builder.From(draft).Then(verify);
        team.Builder.From(refine).Then(verify);
        var attempts = team.Rounds("attempts", attempt, options.MaxAttempts, options.OnLimit, Verifier.HasAccepted);
        var answer = team.Answer(s => (s.LastOf(MessageKinds.Answer) ?? Delivered.LastOf(s, MessageKinds.Proposal))!.Text, Verifier.HasAccepted);
        if (options.Fallback is not { } fallback) return team.Build(attempts, answer);
        var instead = team.Ask(fallback, new(options.Conclude, MessageKinds.Answer) { Node = $"fallback {fallback.Name}" });
        team.Builder.Start(attempts);
        team.Builder.Branch(attempts, b => b.When(Verifier.HasAccepted, answer, Verifier.Accepted).Otherwise(instead)).From(instead).Then(answer);
        return team.Bind();
    }
}
