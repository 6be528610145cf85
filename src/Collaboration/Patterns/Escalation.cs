using System.Collections.Immutable;
using System.Globalization;

namespace AgentTeams.Collaboration;

/// <summary>When a cascade goes on from a member to the next, greater one.</summary>
public abstract class Escalation
{
    private protected Escalation() { }

    /// <summary>Where the member's model was less certain of its words than this (<see cref="Certainty.Of"/>; FrugalGPT, Chen et al. 2023, with the model's own probabilities as score).</summary>
    /// <param name="certainty">Above 0 and at most 1.</param>
    public static Escalation BelowCertainty(double certainty)
    {
        Guard.Require(certainty is > 0 and <= 1, string.Create(CultureInfo.InvariantCulture, $"The certainty is {certainty}. Give a number above 0 and at most 1."));
        return new CertaintyEscalation(certainty);
    }

    /// <summary>Where the member's own answers to the same question do not agree: it is asked several times side by side, and the answer that most give is its answer (Yue et al. 2024, "Large Language Model Cascades with Mixture of Thoughts").</summary>
    /// <param name="samples">How often it is asked, at least 2.</param>
    /// <param name="share">The share of the answers that must be alike, above 0 and at most 1.</param>
    /// <param name="votes">How answers are compared.</param>
    public static Escalation UnlessAgreed(int samples = 3, double share = 1, VoteOptions? votes = null)
    {
        Guard.Require(samples >= 2, $"A member is asked {samples} time(s). Ask at least twice, so that answers can agree.");
        Guard.Require(share is > 0 and <= 1, string.Create(CultureInfo.InvariantCulture, $"The share of answers that agree is {share}. Give a number above 0 and at most 1."));
        return new AgreementEscalation(samples, share, votes ?? new());
    }

    /// <summary>Where a verifier does not accept the answer: a role, a compiler, a test. With a small member, a whole team and a role that says whether the team is needed, this is a gate (WaltzRL, Zhang et al. 2025).</summary>
    /// <param name="verifier">The verifier.</param>
    /// <param name="prompt">What a verifier that is a role is asked; <see cref="TeamPrompts.Verify"/> unless given.</param>
    public static Escalation UnlessAccepted(Verifier verifier, Func<ConversationView, Prompt>? prompt = null)
    {
        ArgumentNullException.ThrowIfNull(verifier);
        return new VerifierEscalation(verifier, prompt ?? TeamPrompts.Verify);
    }

    /// <summary>Where a pure function of the task and the answer says so.</summary>
    public static Escalation When(Func<string, string, bool> isNotEnough)
    {
        ArgumentNullException.ThrowIfNull(isNotEnough);
        return new FunctionEscalation(isNotEnough);
    }

    /// <summary>The nodes in which a member that is not the last answers, one after another; the last message of its purpose is then its answer.</summary>
    internal abstract IReadOnlyList<NodeHandle> AddTo(TeamGraph team, TeamMember member, MemberTurn turn);

    /// <summary>Whether the next member is asked.</summary>
    internal abstract bool GoesOn(Conversation state, string tier);

    /// <summary>A tier's answer.</summary>
    internal static TeamMessage AnswerOf(Conversation state, string tier) => state.Messages.Last(m => m.Kind == MessageKinds.Proposal && m.Purpose == tier);
}

internal sealed class CertaintyEscalation(double least) : Escalation
{
    internal override IReadOnlyList<NodeHandle> AddTo(TeamGraph team, TeamMember member, MemberTurn turn) => [team.Ask(member, turn with { TellsCertainty = true })];

    internal override bool GoesOn(Conversation state, string tier)
    {
        var answer = AnswerOf(state, tier);
        return answer.Certainty is { } certainty ? certainty < least
            : throw new AgentTeamsException($"The model of '{answer.From}' does not tell how certain it was: it records no log-probabilities. Use a local model for it, or {nameof(UnlessAgreed)}, which asks any model several times.");
    }
}

internal sealed class AgreementEscalation(int samples, double share, VoteOptions votes) : Escalation
{
    internal override IReadOnlyList<NodeHandle> AddTo(TeamGraph team, TeamMember member, MemberTurn turn)
    {
        var asked = team.Builder.AddParallel($"{turn.Node} samples", p =>
        {
            for (var i = 1; i <= samples; i++) p.Branch(team.Ask(member, turn with { Node = $"{turn.Node} {i}", Kind = MessageKinds.Say }));
        });
        var vote = team.Builder.AddFunction($"{turn.Node} vote", s =>
        {
            var ballots = Ballots(s, turn.Purpose);
            var counted = Delivered.OrAll(ballots);
            var winner = counted[Votes.Plurality([.. counted.Select(b => b.Text)], [.. counted.Select(_ => 1.0)], votes)];
            return s.Say(new() { From = member.Name, Kind = MessageKinds.Proposal, Purpose = turn.Purpose, Text = winner.Text, IsWithheld = winner.IsWithheld, Certainty = Share(ballots, winner) }, 0);
        });
        return [asked, vote];
    }

    internal override bool GoesOn(Conversation state, string tier) => AnswerOf(state, tier).Certainty < share - 1e-9;

    private static ImmutableArray<TeamMessage> Ballots(Conversation state, string tier) => [.. state.Messages.Where(m => m.Kind == MessageKinds.Say && m.Purpose == tier)];

    // A withheld sample agrees with none.
    private double Share(ImmutableArray<TeamMessage> ballots, TeamMessage winner)
    {
        var form = votes.Normalise(winner.Text);
        return ballots.Count(b => b.IsWithheld == winner.IsWithheld && votes.Normalise(b.Text) == form) / (double)ballots.Length;
    }
}

internal sealed class VerifierEscalation(Verifier verifier, Func<ConversationView, Prompt> prompt) : Escalation
{
    internal override IReadOnlyList<NodeHandle> AddTo(TeamGraph team, TeamMember member, MemberTurn turn) => [team.Ask(member, turn), verifier.AddTo(team, prompt, $"{turn.Node} verdict", turn.Turn)];

    internal override bool GoesOn(Conversation state, string tier) => !Verifier.HasAccepted(state);
}

internal sealed class FunctionEscalation(Func<string, string, bool> isNotEnough) : Escalation
{
    internal override IReadOnlyList<NodeHandle> AddTo(TeamGraph team, TeamMember member, MemberTurn turn) => [team.Ask(member, turn)];

    internal override bool GoesOn(Conversation state, string tier) => isNotEnough(state.Task, AnswerOf(state, tier).Text);
}
