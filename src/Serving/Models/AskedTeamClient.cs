using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace AgentTeams.Serving;

/// <summary>A team that the user's own code runs: the text of the newest user message is the question, the outcome the reply.</summary>
internal sealed class AskedTeamClient(Func<string, SeedKey, CancellationToken, Task<Trajectory>> ask) : IChatClient, IServedModel
{
    public Tokenizer? Tokenizer => null;

    public bool IsSeeded => true;

    public void Check(IReadOnlyList<ChatMessage> messages, ChatOptions options) => TeamChatClient.CheckTeam(messages, options);

    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ChatMessage[] all = [.. messages];
        TeamChatClient.CheckLast(all);
        var run = await ask(all[^1].Text, new(options?.Seed ?? 0, "serve"), cancellationToken).ConfigureAwait(false);
        if (run.Status != TrajectoryStatus.Completed) throw new AgentTeamsException($"The team '{run.WorkflowName}' could not answer: {run.Error?.Message ?? $"its run is {run.Status}"}");
        var (read, written) = run.Usage;
        return new(new ChatMessage(ChatRole.Assistant, run.Outcome ?? ""))
        {
            FinishReason = ChatFinishReason.Stop,
            Usage = new() { InputTokenCount = read, OutputTokenCount = written, TotalTokenCount = read + written },
        };
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        // It says nothing, but that the team is at work.
        yield return new(ChatRole.Assistant, []);
        var reply = await GetResponseAsync(messages, options, cancellationToken).ConfigureAwait(false);
        foreach (var update in reply.ToChatResponseUpdates()) yield return update;
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;

    // Models and tools belong to whoever gave them.
    public void Dispose() { }
}
