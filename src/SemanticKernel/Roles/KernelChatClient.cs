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
    private readonly KernelFunction _chooser = KernelFunctionFactory.CreateFromPrompt("chooser", arguments.ExecutionSettings?.Values);

    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var (client, service, settings) = Choose();
        var own = (settings ?? new()).With(options);
        if (client is not null) return await client.GetResponseAsync(messages, own.ToChatOptions(kernel), cancellationToken).ConfigureAwait(false);
        var history = messages.ToChatHistory();
        var before = history.Count;
        var answers = await service!.GetChatMessageContentsAsync(history, own, kernel, cancellationToken).ConfigureAwait(false);
        var said = history.Skip(before).Concat(answers).ToList();
        var usage = said.Select(MessageUsage.Of).OfType<TokenUsage>().ToList();
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
        var own = (settings ?? new()).With(options);
        var updates = client is not null
            ? client.GetStreamingResponseAsync(messages, own.ToChatOptions(kernel), cancellationToken)
            : service!.GetStreamingChatMessageContentsAsync(messages.ToChatHistory(), own, kernel, cancellationToken).Select(c => c.ToChatResponseUpdate());
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

    private (IChatClient? Client, IChatCompletionService? Service, PromptExecutionSettings? Settings) Choose()
    {
        var selector = kernel.ServiceSelector;
        if ((selector as IChatClientSelector)?.TrySelectChatClient<IChatClient>(kernel, _chooser, arguments, out var client, out var settings) == true) return (client, null, settings);
        if (selector.TrySelectAIService<IChatCompletionService>(kernel, _chooser, arguments, out var service, out settings)) return (null, service, settings);
        var asked = arguments.ExecutionSettings is { Count: > 0 } all ? string.Join(", ", all.Select(s => s.Value.ServiceId ?? s.Value.ModelId ?? s.Key)) : "any";
        throw new AgentTeamsException($"The kernel has no chat client and no chat-completion service for '{asked}'. Register one under that key.");
    }
}
