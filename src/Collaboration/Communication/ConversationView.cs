using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;

namespace AgentTeams.Collaboration;

/// <summary>What one member may see of a conversation, and all that its prompt is made from.</summary>
public sealed partial record ConversationView
{
    /// <summary>The member.</summary>
    public required string Self { get; init; }

    /// <summary>What the team is asked.</summary>
    public required string Task { get; init; }

    /// <summary>What the member alone knows; empty for nothing.</summary>
    public string Observation { get; init; } = "";

    /// <summary>Images and other parts of the task.</summary>
    public ImmutableArray<AIContent> Attachments { get; init; } = [];

    /// <summary>The messages that the member may see, oldest first.</summary>
    public ImmutableArray<TeamMessage> Messages { get; init; } = [];

    /// <summary>The tasks of a plan.</summary>
    public ImmutableArray<LedgerTask> Ledger { get; init; } = [];

    /// <summary>The members whom it may address, choose or hand to, in the order in which they were declared.</summary>
    public ImmutableArray<TeamMember> Others { get; init; } = [];

    /// <summary>The kinds of message that it may send; empty where it just answers.</summary>
    public ImmutableArray<MessageKind> Kinds { get; init; } = [];

    /// <summary>
    /// A prompt in the order in which things came to be: task, attachments, what the member alone knows, messages, and at the end what is asked now. So all
    /// but the end of a member's prompt is the beginning of its next one, and a model's prefix cache holds it.
    /// </summary>
    /// <param name="asked">What is asked now; empty for nothing, so that the prompt ends with what was said last.</param>
    public Prompt ToPrompt(string asked)
    {
        ArgumentNullException.ThrowIfNull(asked);
        var rest = new StringBuilder();
        if (Observation.Length > 0) rest.Append("\n\nOnly you know: ").Append(Observation);
        if (Messages.Length > 0) rest.Append('\n');
        foreach (var message in Messages) rest.Append('\n').Append(Line(message));
        if (asked.Length > 0) rest.Append("\n\n").Append(asked);
        if (Attachments.IsEmpty) return Task + rest;
        return new ChatMessage(ChatRole.User, [new TextContent(Task), .. Attachments, .. rest.Length == 0 ? [] : new AIContent[] { new TextContent(rest.ToString().TrimStart('\n')) }]);
    }

    /// <summary>One message as prompts show it: <c>[from to recipients] text payload</c>. A line in it that would begin like another message is indented, so that nobody speaks for others.</summary>
    public static string Line(TeamMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        var to = message.To.IsEmpty ? "" : $" to {string.Join(", ", message.To)}";
        var payload = message.Payload is { } given ? $" {given.GetRawText()}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"[{message.From}{to}] {HeaderInside().Replace(message.Text, " [")}{payload}");
    }

    [GeneratedRegex(@"(?<=[\n\r\v\f\u0085\u2028\u2029])\[")]
    private static partial Regex HeaderInside();
}
