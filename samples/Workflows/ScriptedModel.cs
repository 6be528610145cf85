using System.Runtime.CompilerServices;

namespace AgentTeams.Samples;

/// <summary>Stands in for a model: answers the last message by a function, a token for a word. Put any IChatClient in its place.</summary>
internal sealed class ScriptedModel(Func<string, CancellationToken, Task<string>> answer) : IChatClient
{
    /// <summary>A runtime whose roles answer by a function of their name and of what they are asked.</summary>
    public static TeamRuntime Team(Func<string, string, string> answer) => Team((role, asked, _) => Task.FromResult(answer(role, asked)));

    /// <summary>As the other, for answers that take their time.</summary>
    public static TeamRuntime Team(Func<string, string, CancellationToken, Task<string>> answer) =>
        new() { ChatClientSelector = role => new ScriptedModel((asked, token) => answer(role.Name, asked, token)) };

    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var asked = messages.Last().Text;
        var said = await answer(asked, cancellationToken);
        var usage = new UsageDetails { InputTokenCount = asked.Split(' ').Length, OutputTokenCount = said.Split(' ').Length };
        return new(new ChatMessage(ChatRole.Assistant, said)) { Usage = usage };
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var words = (await GetResponseAsync(messages, options, cancellationToken)).Text.Split(' ');
        for (var i = 0; i < words.Length; i++) yield return new(ChatRole.Assistant, i == 0 ? words[i] : " " + words[i]);
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose() { }
}
