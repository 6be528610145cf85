using System.Globalization;
using Microsoft.Extensions.AI;
using Spectre.Console;

namespace AgentTeams.Samples.LocalChat;

/// <summary>A conversation with one policy of a model.</summary>
internal sealed class ChatSession(LocalLanguageModel model, PolicyId policy, ChatSettings settings, IAnsiConsole console, TimeProvider time)
{
    private readonly IChatClient _client = model.GetChatClient(policy);
    private readonly List<ChatMessage> _messages = [];
    private int _replies;

    public void Reset() => _messages.Clear();

    /// <summary>Shows the reply to a question as it arrives; one that fails or is cancelled leaves the conversation as it was.</summary>
    public async Task AskAsync(string question, CancellationToken cancellationToken)
    {
        var (before, start) = (model.Statistics, time.GetTimestamp());
        List<ChatMessage> messages = [.. _messages, new(ChatRole.User, question)];
        var updates = new List<ChatResponseUpdate>();
        var view = new ReplyView(console);
        try
        {
            await foreach (var update in _client.GetStreamingResponseAsync(messages, Options(), cancellationToken))
            {
                updates.Add(update);
                foreach (var content in update.Contents) view.Show(content);
            }
        }
        finally
        {
            if (updates.Count > 0) view.End();
        }

        var response = updates.ToChatResponse();
        _messages.AddRange([messages[^1], .. response.Messages]);
        _replies++;
        console.MarkupLineInterpolated($"[grey]{Figures(response, before, time.GetElapsedTime(start).TotalSeconds)}[/]");
    }

    private ChatOptions Options() => new()
    {
        Instructions = settings.System,
        Temperature = settings.Temperature,
        TopP = settings.TopP,
        TopK = settings.TopK,
        // Asking the same again should give another answer.
        Seed = settings.Seed + _replies,
        AdditionalProperties = settings.Think ? new() { ["min_p"] = settings.MinP } : new() { ["min_p"] = settings.MinP, [ChatTemplate.EnableThinking] = false },
    };

    private string Figures(ChatResponse response, GenerationStatistics before, double seconds)
    {
        var after = model.Statistics;
        var cached = after.PromptTokens - before.PromptTokens - (after.PrefilledTokens - before.PrefilledTokens);
        var generated = response.Usage!.OutputTokenCount!.Value;
        var rate = seconds > 0 ? string.Create(CultureInfo.InvariantCulture, $", {generated / seconds:0.0} tokens/s") : "";
        return string.Create(CultureInfo.InvariantCulture, $"{response.Usage.InputTokenCount} prompt tokens ({cached} cached), {generated} generated, {seconds:0.00} s{rate}");
    }
}
