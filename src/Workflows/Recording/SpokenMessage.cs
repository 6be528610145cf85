using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>A message between the agents of a framework, with what tells it from another of the same words.</summary>
/// <param name="Message">The message.</param>
/// <param name="Identity">The framework's own object; the message itself unless set.</param>
/// <param name="UsageSource">What the usage was read from; of messages that share one, it is counted at the last.</param>
/// <param name="Usage">The tokens of the call that the message came from, where it tells.</param>
internal sealed record SpokenMessage(ChatMessage Message, object? Identity = null, object? UsageSource = null, TokenUsage? Usage = null)
{
    public object Key => Identity ?? Message;

    public string Text => Message.Text;

    /// <summary>What is said, images and other data included, in a form that can be compared.</summary>
    public string Words => string.Join('\n', Message.Contents.Select(c => c switch
    {
        TextContent text => text.Text,
        DataContent data => data.Uri,
        UriContent link => link.Uri.ToString(),
        _ => "",
    }).Where(w => w.Length > 0));
}
