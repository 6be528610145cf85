using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgentTeams.Collaboration;

/// <summary>One message between members of a team: an envelope and what it holds. It never changes.</summary>
public sealed record TeamMessage
{
    /// <summary>Who says it: a member's name.</summary>
    public required string From { get; init; }

    /// <summary>Whom it addresses; empty, the default, for everyone.</summary>
    public ImmutableArray<string> To { get; init; } = [];

    /// <summary>What it is: one of <see cref="MessageKinds"/>, or a kind of your own.</summary>
    public string Kind { get; init; } = MessageKinds.Say;

    /// <summary>What it is for, in the sender's words or a pattern's (the layer of a proposal, the key of a post); empty by default.</summary>
    public string Purpose { get; init; } = "";

    /// <summary>
    /// The round in which it was said, counted from 0, as the run's record counts; tasks of a ledger are said in the round of their plan. It is set when the message
    /// is said: a new round begins where a member says a second message of the same kind and purpose; in a talk every speaker's turn is a round.
    /// </summary>
    public int Turn { get; init; }

    /// <summary>What it says in words.</summary>
    public string Text { get; init; } = "";

    /// <summary>What it says as data, of the schema of its <see cref="MessageKind"/>; null, the default, for none.</summary>
    public JsonElement? Payload { get; init; }

    /// <summary>
    /// How certain the model was of the text, above 0 and at most 1: see <see cref="Collaboration.Certainty.Of"/>. Null where the pattern does not ask for it, or the model does not tell.
    /// </summary>
    public double? Certainty { get; init; }

    /// <summary>Who may see it; everyone by default, also where it addresses only some.</summary>
    public MessageVisibility Visibility { get; init; }

    /// <summary>Whether it stands in the place of a message that <see cref="Governance"/> refused; false by default.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsWithheld { get; init; }

    /// <summary>Whether a member may see it; a sender always sees its own.</summary>
    public bool IsVisibleTo(string member) => From == member || Visibility switch
    {
        MessageVisibility.Everyone => true,
        MessageVisibility.Recipients => To.Contains(member, StringComparer.Ordinal),
        _ => false,
    };
}

/// <summary>Who may see a message.</summary>
public enum MessageVisibility
{
    /// <summary>Every member.</summary>
    Everyone,

    /// <summary>The sender and those whom it addresses.</summary>
    Recipients,

    /// <summary>The sender alone: a note to itself.</summary>
    Sender,
}

/// <summary>The kinds of message that protocols and patterns use.</summary>
public static class MessageKinds
{
    /// <summary>Something said.</summary>
    public const string Say = "say";

    /// <summary>What a member means to do, told before anyone acts.</summary>
    public const string Intention = "intention";

    /// <summary>What came of a plan or an action.</summary>
    public const string Result = "result";

    /// <summary>A question of an inner monologue, or a task that is handed to someone.</summary>
    public const string Question = "question";

    /// <summary>An entry of a blackboard; its purpose is the key.</summary>
    public const string Post = "post";

    /// <summary>A draft or an answer that others will judge, vote on or go on from.</summary>
    public const string Proposal = "proposal";

    /// <summary>A judgement, a vote or a choice.</summary>
    public const string Verdict = "verdict";

    /// <summary>A plan.</summary>
    public const string Plan = "plan";

    /// <summary>The team's answer.</summary>
    public const string Answer = "answer";
}
