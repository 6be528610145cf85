using Microsoft.Extensions.AI;

namespace AgentTeams.Testing;

/// <summary>A call of a scripted model.</summary>
/// <param name="Index">Its number among the calls of its client, from 0.</param>
/// <param name="Messages">What was asked, instructions included.</param>
/// <param name="Options">How; never null.</param>
/// <param name="CancellationToken">What ends it.</param>
public sealed record ScriptedCall(int Index, IReadOnlyList<ChatMessage> Messages, ChatOptions Options, CancellationToken CancellationToken)
{
    /// <summary>The text of the last message.</summary>
    public string Text => Messages.Count == 0 ? "" : Messages[^1].Text;

    /// <summary>All that was asked as text, for searching.</summary>
    public string AllText => string.Join('\n', Messages.Select(m => m.Text).Prepend(Options.Instructions ?? ""));

    /// <summary>Number and last text.</summary>
    public override string ToString() => $"#{Index}: {Text}";
}
