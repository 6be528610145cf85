using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace AgentTeams.SemanticKernel;

/// <summary>
/// The chat client or chat-completion service that a kernel chooses. The kernel travels with every call, so its functions are
/// called by Semantic Kernel's own loop and all its filters fire.
/// </summary>
internal sealed class KernelChatClient(Kernel kernel, KernelArguments arguments) : IChatClient
{
    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var (client, service, settings) = Choose();
        var own = settings ?? new();
        if (client is not null) return await client.GetResponseAsync(messages, own.ToCompleteChatOptions(kernel).With(options), cancellationToken).ConfigureAwait(false);
        var history = History(messages, options);
        var before = history.Count;
        var answers = await service!.GetChatMessageContentsAsync(history, own.With(options, kernel), kernel, cancellationToken).ConfigureAwait(false);
        var said = history.Skip(before).Concat(answers).ToList();

        // Messages of one response share its usage.
        var usage = said.DistinctBy(m => MessageUsage.SourceOf(m) ?? m).Select(MessageUsage.Of).OfType<TokenUsage>().ToList();
        return new([.. said.Select(m => m.ToChatMessage())])
        {
            ModelId = answers is [.., var last] ? last.ModelId : null,
            Usage = usage.Count == 0 ? null : new() { InputTokenCount = usage.Sum(u => u.InputTokens), OutputTokenCount = usage.Sum(u => u.OutputTokens) },
        };
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var (client, service, settings) = Choose();
        var own = settings ?? new();
        var updates = client is not null
            ? client.GetStreamingResponseAsync(messages, own.ToCompleteChatOptions(kernel).With(options), cancellationToken)
            : service!.GetStreamingChatMessageContentsAsync(History(messages, options), own.With(options, kernel), kernel, cancellationToken).Select(ToUpdate);
        await foreach (var update in updates.ConfigureAwait(false)) yield return update;
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null) return null;
        return serviceType.IsInstanceOfType(this) ? this : serviceType == typeof(Kernel) ? kernel : Choose().Client?.GetService(serviceType);
    }

    // The services belong to the kernel.
    public void Dispose() { }

    /// <summary>The settings that the kernel selects, or the first where it has no service.</summary>
    public static PromptExecutionSettings? SettingsOf(Kernel kernel, KernelArguments arguments)
    {
        var chosen = Choose(kernel, arguments);
        return chosen is { Client: null, Service: null } ? arguments.ExecutionSettings?.Values.FirstOrDefault() : chosen.Settings;
    }

    /// <summary>Whether each turn of what the kernel selects is reported by a recording client inside its tool-call loop.</summary>
    public static bool ReportsTurns(Kernel kernel, KernelArguments arguments)
    {
        var (client, service, _) = Choose(kernel, arguments);
        return service is null && client?.GetService(typeof(RecordingChatClient)) is not null;
    }

    // A service has no place for instructions but the history.
    private static ChatHistory History(IEnumerable<ChatMessage> messages, ChatOptions? options) =>
        messages.WithInstructions(options).ToChatHistory();

    private static ChatResponseUpdate ToUpdate(StreamingChatMessageContent content)
    {
        var update = content.ToChatResponseUpdate();
        if (MessageUsage.Of(content.Metadata) is { } usage && !update.Contents.OfType<UsageContent>().Any())
            update.Contents.Add(new UsageContent(new() { InputTokenCount = usage.InputTokens, OutputTokenCount = usage.OutputTokens }));
        return update;
    }

    private (IChatClient? Client, IChatCompletionService? Service, PromptExecutionSettings? Settings) Choose()
    {
        var chosen = Choose(kernel, arguments);
        if (chosen.Client is not null || chosen.Service is not null) return chosen;
        var asked = arguments.ExecutionSettings is { Count: > 0 } all ? string.Join(", ", all.Select(s => s.Value.ServiceId ?? s.Value.ModelId ?? s.Key)) : "any";
        throw new AgentTeamsException($"The kernel has no chat client and no chat-completion service for '{asked}'. Register one under that key.");
    }

    private static (IChatClient? Client, IChatCompletionService? Service, PromptExecutionSettings? Settings) Choose(Kernel kernel, KernelArguments arguments)
    {
        // Where a kernel has both, Semantic Kernel's agents take the service; a local model's service is only its client once more.
        var chooser = KernelFunctionFactory.CreateFromPrompt("chooser", arguments.ExecutionSettings?.Values);
        var selector = kernel.ServiceSelector;
        if (selector.TrySelectAIService<IChatCompletionService>(kernel, chooser, arguments, out var service, out var settings))
            return service is LocalChatService local ? (local.Client, null, settings) : (null, service, settings);
        return (selector as IChatClientSelector)?.TrySelectChatClient<IChatClient>(kernel, chooser, arguments, out var client, out settings) == true ? (client, null, settings) : default;
    }
}
