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
        if (settings.ToCompleteChatOptions(kernel) is not { } options) return new();
        return new()
        {
            Temperature = options.Temperature,
            MaxOutputTokens = options.MaxOutputTokens,
            StopSequences = options.StopSequences is { } stops ? [.. stops] : [],
            ResponseSchema = (options.ResponseFormat as ChatResponseFormatJson)?.Schema,
        };
    }

    /// <summary>Chat options in which what the caller asks for wins, and tools and instructions of both are kept.</summary>
    public static ChatOptions With(this ChatOptions own, ChatOptions? asked)
    {
        // The kernel travels in the type of the settings' own options.
        var merged = own.Clone();
        if (asked is null) return merged;
        merged.Temperature = asked.Temperature ?? merged.Temperature;
        merged.MaxOutputTokens = asked.MaxOutputTokens ?? merged.MaxOutputTokens;
        merged.TopP = asked.TopP ?? merged.TopP;
        merged.TopK = asked.TopK ?? merged.TopK;
        merged.Seed = asked.Seed ?? merged.Seed;
        merged.FrequencyPenalty = asked.FrequencyPenalty ?? merged.FrequencyPenalty;
        merged.PresencePenalty = asked.PresencePenalty ?? merged.PresencePenalty;
        merged.StopSequences = asked.StopSequences ?? merged.StopSequences;
        merged.ResponseFormat = asked.ResponseFormat ?? merged.ResponseFormat;
        merged.ModelId = asked.ModelId ?? merged.ModelId;
        merged.Reasoning = asked.Reasoning ?? merged.Reasoning;
        merged.ToolMode = asked.ToolMode ?? merged.ToolMode;
        merged.AllowMultipleToolCalls = asked.AllowMultipleToolCalls ?? merged.AllowMultipleToolCalls;
        merged.ConversationId = asked.ConversationId ?? merged.ConversationId;
        merged.RawRepresentationFactory = asked.RawRepresentationFactory ?? merged.RawRepresentationFactory;
        merged.Instructions = Join(merged.Instructions, asked.Instructions);
        if (asked.Tools is { Count: > 0 } tools) merged.Tools = [.. merged.Tools ?? [], .. tools.Where(t => merged.Tools?.Any(o => o.Name == t.Name) != true).Select(ForKernel)];
        foreach (var (name, value) in asked.AdditionalProperties ?? []) (merged.AdditionalProperties ??= [])[name] = value;
        return merged;
    }

    /// <summary>Settings in which what the caller asks for wins; settings the caller does not know are kept.</summary>
    /// <param name="settings">The settings; a copy is returned.</param>
    /// <param name="asked">What the caller asks for; its tools are offered to the model, and whoever asked answers their calls.</param>
    /// <param name="kernel">The kernel of the call.</param>
    public static PromptExecutionSettings With(this PromptExecutionSettings settings, ChatOptions? asked, Kernel kernel)
    {
        var copy = settings.Clone();
        if (asked is null) return copy;
        var values = new Dictionary<string, object>(copy.ExtensionData ?? new Dictionary<string, object>(), StringComparer.Ordinal);
        Set("temperature", asked.Temperature);
        Set("max_tokens", asked.MaxOutputTokens);
        Set("top_p", asked.TopP);
        Set("top_k", asked.TopK);
        Set("seed", asked.Seed);
        Set("frequency_penalty", asked.FrequencyPenalty);
        Set("presence_penalty", asked.PresencePenalty);
        Set("stop_sequences", asked.StopSequences);
        Set("reasoning_effort", asked.Reasoning?.Effort?.ToString().ToLowerInvariant());
        Set("response_format", asked.ResponseFormat switch
        {
            ChatResponseFormatJson { Schema: { } schema } => schema,
            ChatResponseFormatJson => "json_object",
            ChatResponseFormatText => "text",
            _ => null,
        });
        foreach (var (name, value) in asked.AdditionalProperties ?? []) Set(name, value);
        copy.ExtensionData = values;
        copy.ModelId = asked.ModelId ?? copy.ModelId;
        copy.FunctionChoiceBehavior = Offer(asked, copy.FunctionChoiceBehavior, kernel);
        return copy;

        void Set(string name, object? value)
        {
            if (value is not null) values[name] = value;
        }
    }

    // Semantic Kernel itself calls only what its kernel has. With tools of the caller's, all calls are the caller's to answer.
    private static FunctionChoiceBehavior? Offer(ChatOptions asked, FunctionChoiceBehavior? own, Kernel kernel)
    {
        var choice = own?.GetConfiguration(new([]) { Kernel = kernel });
        var functions = choice is null || choice.Choice == FunctionChoice.None ? [] : choice.Functions ?? [];
        var tools = (asked.Tools ?? []).OfType<AIFunction>().Where(t => functions.All(f => ((AIFunction)f).Name != t.Name)).Select(t => t.AsKernelFunction()).ToList();
        if (tools.Count == 0) return asked.ToolMode is NoneChatToolMode ? FunctionChoiceBehavior.None() : own;
        tools.AddRange(functions);
        return asked.ToolMode switch
        {
            NoneChatToolMode => FunctionChoiceBehavior.None(tools),
            RequiredChatToolMode { RequiredFunctionName: { } name } => FunctionChoiceBehavior.Required(tools.Where(t => t.Name == name), autoInvoke: false),
            RequiredChatToolMode => FunctionChoiceBehavior.Required(tools, autoInvoke: false),
            _ => FunctionChoiceBehavior.Auto(tools, autoInvoke: false),
        };
    }

    // Its loop takes any function for one of its own.
    private static AITool ForKernel(AITool tool) => tool is AIFunction function and not KernelFunction ? function.AsKernelFunction() : tool;

    private static string? Join(string? first, string? second) => (first, second) switch
    {
        (null or "", _) => second,
        (_, null or "") => first,
        _ => $"{first}\n{second}",
    };
}
