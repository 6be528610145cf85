using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;

namespace AgentTeams.SemanticKernel;

/// <summary>The forms of a reply that settings of Semantic Kernel may name.</summary>
internal static class ResponseFormats
{
    private const string Key = "response_format";

    public static ChatResponseFormat From(object format) => format switch
    {
        ChatResponseFormat given => given,
        Type type => ChatResponseFormat.ForJsonSchema(AIJsonUtilities.CreateJsonSchema(type), type.Name),
        JsonElement { ValueKind: JsonValueKind.Object } schema => ChatResponseFormat.ForJsonSchema(schema),
        JsonElement { ValueKind: JsonValueKind.String } text => From(text.GetString()!),
        "text" => ChatResponseFormat.Text,
        "json_object" => ChatResponseFormat.Json,
        _ => throw new AgentTeamsException(
            $"The response format '{format}' ({format.GetType().Name}) is not known. Give a Type, a JSON schema as JsonElement, a ChatResponseFormat, \"json_object\" or \"text\"."),
    };

    /// <summary>The chat options of settings, with whatever response format they name, which Semantic Kernel itself drops in silence.</summary>
    [return: NotNullIfNotNull(nameof(settings))]
    public static ChatOptions? ToCompleteChatOptions(this PromptExecutionSettings? settings, Kernel kernel)
    {
        if (settings.ToChatOptions(kernel) is not { } options) return null;
        if (options.ResponseFormat is null && settings!.ExtensionData?.FirstOrDefault(e => e.Key.Equals(Key, StringComparison.OrdinalIgnoreCase)).Value is { } format)
            options.ResponseFormat = From(format);
        return options;
    }
}
