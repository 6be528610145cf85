using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentTeams.Collaboration;

/// <summary>Who judges a message before others see it: a function, a role, or a vote of several checks that do not know of each other.</summary>
public sealed class MessageVerifier
{
    private readonly ImmutableArray<SingleCheck> _checks;
    private readonly int _needed;

    private MessageVerifier(ImmutableArray<SingleCheck> checks, int needed) => (_checks, _needed) = (checks, needed);

    /// <summary>How many checks are made of each message.</summary>
    public int Checks => _checks.Length;

    /// <summary>A function judges: null to deliver, or what is wrong.</summary>
    public static MessageVerifier By(Func<PendingMessage, string?> check)
    {
        ArgumentNullException.ThrowIfNull(check);
        return By((message, _) => new(check(message)));
    }

    /// <summary>A function judges that may work outside of the run, for example runs tests: null to deliver, or what is wrong. What it said is recorded and not asked again.</summary>
    public static MessageVerifier By(Func<PendingMessage, CancellationToken, ValueTask<string?>> check)
    {
        ArgumentNullException.ThrowIfNull(check);
        return new([new FunctionCheck(check)], 1);
    }

    /// <summary>A role judges: it answers whether it accepts, and with what reason.</summary>
    /// <param name="verifier">The role.</param>
    /// <param name="prompt">What it is asked; <see cref="TeamPrompts.CheckMessage"/> unless given.</param>
    public static MessageVerifier Ask(Role verifier, Func<PendingMessage, Prompt>? prompt = null)
    {
        ArgumentNullException.ThrowIfNull(verifier);
        return new([new RoleCheck(verifier, prompt ?? TeamPrompts.CheckMessage)], 1);
    }

    /// <summary>The same role judges several times, each with a draw of its own; most must accept.</summary>
    /// <param name="verifier">The role.</param>
    /// <param name="checks">How often, at least 1; an odd number has no ties.</param>
    /// <param name="prompt">What it is asked; <see cref="TeamPrompts.CheckMessage"/> unless given.</param>
    public static MessageVerifier Vote(Role verifier, int checks, Func<PendingMessage, Prompt>? prompt = null)
    {
        Guard.Require(checks >= 1, string.Create(CultureInfo.InvariantCulture, $"A vote has {checks} checks. Give at least 1."));
        return Vote([.. Enumerable.Repeat(Ask(verifier, prompt), checks)]);
    }

    /// <summary>Several judge side by side.</summary>
    /// <param name="verifiers">Who; none sees what the others say.</param>
    /// <param name="needed">How many must accept for the message to be delivered, from 1 to the number of checks; null, the default, for more than half.</param>
    public static MessageVerifier Vote(IReadOnlyList<MessageVerifier> verifiers, int? needed = null)
    {
        ArgumentNullException.ThrowIfNull(verifiers);
        Guard.Require(verifiers.Count > 0 && verifiers.All(v => v is not null), "A vote has no verifiers, or one is null. Give at least one.");
        ImmutableArray<SingleCheck> checks = [.. verifiers.SelectMany(v => v._checks)];
        var most = needed ?? (checks.Length / 2) + 1;
        Guard.Require(most >= 1 && most <= checks.Length, string.Create(CultureInfo.InvariantCulture, $"A vote of {checks.Length} checks needs {most} to accept. Give a number from 1 to {checks.Length}."));
        return new(checks, most);
    }

    /// <summary>A role judges.</summary>
    public static implicit operator MessageVerifier(Role verifier) => Ask(verifier);

    internal NodeHandle AddTo(WorkflowBuilder<Delivery> wf)
    {
        if (_checks.Length == 1) return _checks[0].AddTo(wf, Governance.CheckNode);
        return wf.AddParallel("checks", p =>
        {
            for (var i = 0; i < _checks.Length; i++) p.Branch(_checks[i].AddTo(wf, string.Create(CultureInfo.InvariantCulture, $"{Governance.CheckNode} {i + 1}")));
        });
    }

    /// <summary>Null to deliver, or why not: the reasons of those who refused.</summary>
    internal string? Settle(ImmutableArray<CheckVerdict> verdicts) => verdicts.Count(v => v.Problem is null) >= _needed ? null
        : string.Join(' ', verdicts.Select(v => v.Problem).OfType<string>().Distinct(StringComparer.Ordinal));

    private abstract class SingleCheck
    {
        public abstract NodeHandle AddTo(WorkflowBuilder<Delivery> wf, string node);

        protected static Delivery Note(Delivery s, string? problem) => s with { Verdicts = s.Verdicts.Add(new(problem is { Length: 0 } ? "No reason was given." : problem)) };
    }

    private sealed class FunctionCheck(Func<PendingMessage, CancellationToken, ValueTask<string?>> check) : SingleCheck
    {
        public override NodeHandle AddTo(WorkflowBuilder<Delivery> wf, string node) =>
            wf.AddFunction(node, async (s, token) => new CheckVerdict(await check(s.ToPending(), token).ConfigureAwait(false)), (s, verdict) => Note(s, verdict.Problem));
    }

    private sealed class RoleCheck(Role role, Func<PendingMessage, Prompt> prompt) : SingleCheck
    {
        private static readonly ReplyForm s_form = new(ReplyForm.Object(("accepted", new JsonObject { ["type"] = "boolean" }), ("reason", ReplyForm.Text())));

        public override NodeHandle AddTo(WorkflowBuilder<Delivery> wf, string node) => TeamMember.FromRole(role).AddTo(wf, node, s => prompt(s.ToPending()), (s, text, _) =>
        {
            var verdict = JsonElement.Parse(text);
            return Note(s, verdict.GetProperty("accepted").GetBoolean() ? null : verdict.GetProperty("reason").GetString()!);
        }, s_form);
    }
}

/// <summary>A message that nobody but its sender has seen, as a verifier is given it.</summary>
/// <param name="From">Who says it.</param>
/// <param name="Kind">What it is, one of <see cref="MessageKinds"/>.</param>
/// <param name="Text">The whole answer: in a protocol whose answers have a form, its JSON.</param>
/// <param name="View">What the sender saw: the task, and the messages that the answer was made from.</param>
/// <param name="Attempt">Which of the sender's attempts it is, from 1.</param>
public sealed record PendingMessage(string From, string Kind, string Text, ConversationView View, int Attempt);

/// <summary>What a check said: null to deliver, or what is wrong.</summary>
internal sealed record CheckVerdict(string? Problem);
