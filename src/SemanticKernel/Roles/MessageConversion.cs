using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace AgentTeams.SemanticKernel;

/// <summary>Messages of Microsoft.Extensions.AI as messages of Semantic Kernel, and back without what its own conversion loses.</summary>
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

    /// <summary>The message with calls under the names that the model used, and with what a tool said only once.</summary>
    public static ChatMessage ToCompleteChatMessage(this ChatMessageContent content)
    {
        var message = content.ToChatMessage();
        var names = content.Items.OfType<Microsoft.SemanticKernel.FunctionCallContent>().Where(c => c.PluginName is { Length: > 0 }).ToLookup(c => c.Id ?? "", c => PluginTool.QualifiedName(c.PluginName, c.FunctionName));
        for (var i = 0; i < message.Contents.Count; i++)
        {
            if (message.Contents[i] is Microsoft.Extensions.AI.FunctionCallContent call && names[call.CallId].FirstOrDefault() is { } name)
                message.Contents[i] = new Microsoft.Extensions.AI.FunctionCallContent(call.CallId, name, call.Arguments);
        }

        if (message.Contents.Any(c => c is Microsoft.Extensions.AI.FunctionResultContent))
            message.Contents = [.. message.Contents.Where(c => c is not Microsoft.Extensions.AI.TextContent)];
        return message;
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
