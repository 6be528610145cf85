using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;

namespace AgentTeams.SemanticKernel;

/// <summary>Role options as prompt execution settings, and back.</summary>
internal static class ExecutionSettings
{
    public static PromptExecutionSettings From(RoleOptions options)
    {
        var values = new Dictionary<string, object>(StringComparer.Ordinal);
        if (options.Temperature is { } temperature) values["temperature"] = temperature;
        if (options.MaxOutputTokens is { } tokens) values["max_tokens"] = tokens;
        if (options.StopSequences.Count > 0) values["stop_sequences"] = options.StopSequences.ToList();
        if (options.ResponseSchema is { } schema) values["response_format"] = schema;
        return new() { ExtensionData = values.Count == 0 ? null : values };
    }

    public static RoleOptions ToRoleOptions(this PromptExecutionSettings? settings, Kernel kernel)
    {
        if (settings.ToChatOptions(kernel) is not { } options) return new();
        return new()
        {
            Temperature = options.Temperature,
            MaxOutputTokens = options.MaxOutputTokens,
            StopSequences = options.StopSequences is { } stops ? [.. stops] : [],
            ResponseSchema = (options.ResponseFormat as ChatResponseFormatJson)?.Schema,
        };
    }

    /// <summary>A copy in which what the caller asks for wins; settings the caller does not know are kept.</summary>
    public static PromptExecutionSettings With(this PromptExecutionSettings settings, ChatOptions? options)
    {
        var copy = settings.Clone();
        if (options is null) return copy;
        var values = new Dictionary<string, object>(copy.ExtensionData ?? new Dictionary<string, object>(), StringComparer.Ordinal);
        Set("temperature", options.Temperature);
        Set("max_tokens", options.MaxOutputTokens);
        Set("top_p", options.TopP);
        Set("top_k", options.TopK);
        Set("seed", options.Seed);
        Set("stop_sequences", options.StopSequences);
        Set("response_format", options.ResponseFormat is ChatResponseFormatJson { Schema: { } schema } ? schema : options.ResponseFormat is ChatResponseFormatJson ? "json_object" : null);
        copy.ExtensionData = values;
        return copy;

        void Set(string name, object? value)
        {
            if (value is not null) values[name] = value;
        }
    }
}
