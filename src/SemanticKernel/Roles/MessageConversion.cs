using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace AgentTeams.SemanticKernel;

/// <summary>Messages of Microsoft.Extensions.AI as messages of Semantic Kernel, which has the other direction itself.</summary>
internal static class MessageConversion
{
    public static ChatHistory ToChatHistory(this IEnumerable<ChatMessage> messages)
    {
        var history = new ChatHistory();
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var message in messages)
        {
            foreach (var call in message.Contents.OfType<Microsoft.Extensions.AI.FunctionCallContent>()) names[call.CallId] = call.Name;
            history.Add(message.ToChatMessageContent(names));
        }

        return history;
    }

    private static ChatMessageContent ToChatMessageContent(this ChatMessage message, Dictionary<string, string> callNames)
    {
        var converted = new ChatMessageContent { Role = new AuthorRole(message.Role.Value), AuthorName = message.AuthorName };
        foreach (var content in message.Contents)
        {
            KernelContent? item = content switch
            {
                Microsoft.Extensions.AI.TextContent text => new Microsoft.SemanticKernel.TextContent(text.Text),
                Microsoft.Extensions.AI.FunctionCallContent call => Call(call),
                Microsoft.Extensions.AI.FunctionResultContent result => new Microsoft.SemanticKernel.FunctionResultContent(
                    callNames.GetValueOrDefault(result.CallId), callId: result.CallId, result: result.Result),
                DataContent data when data.HasTopLevelMediaType("image") => new ImageContent(data.Uri),
                DataContent data when data.HasTopLevelMediaType("audio") => new AudioContent(data.Uri),
                DataContent data => new BinaryContent(data.Uri),
                UriContent link when link.HasTopLevelMediaType("image") => new ImageContent(link.Uri),
                _ => null,
            };
            if (item is not null) converted.Items.Add(item);
        }

        return converted;
    }

    private static Microsoft.SemanticKernel.FunctionCallContent Call(Microsoft.Extensions.AI.FunctionCallContent call) =>
        new(call.Name, id: call.CallId, arguments: call.Arguments is { } given ? new KernelArguments(given) : null);
}
