using Microsoft.Extensions.AI;

namespace AgentTeams.Samples.PlanCodeTest;

/// <summary>Stands in for a model where none is named: what both roles say to the sample's own tasks.</summary>
internal sealed class ScriptedCoders : IChatClient
{
    private static readonly Dictionary<string, (string Helper, string Main)> Replies = new()
    {
        ["def longest_words"] = (
            "```python\ndef aux(text):\n    \"\"\"The words of a text, in lower case.\"\"\"\n    return [w.strip('.,').lower() for w in text.split()]\n```",
            "```python\ndef longest_words(text):\n    words = set(aux(text))\n    return sorted(w for w in words if len(w) == max(map(len, words)))\n```"),
        ["def digit_sums"] = (
            "def aux(number):\n    \"\"\"The sum of a number's digits.\"\"\"\n    return sum(int(d) for d in str(abs(number)))",
            "def digit_sums(numbers):\n    return [aux(n) for n in numbers]"),
        ["def describe"] = (
            "def aux(n):\n    \"\"\"Whether an integer above 1 is prime.\"\"\"\n    return all(n % d for d in range(2, int(n ** 0.5) + 1))",
            "def describe(n):\n    if n < 2:\n        return 'neither'\n    return 'prime' if aux(n) else 'composite'"),
    };

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var asked = messages.Last().Text;
        var reply = Replies.FirstOrDefault(r => asked.Contains(r.Key, StringComparison.Ordinal)).Value;
        if (reply.Main is null) throw new AgentTeamsException("The script knows the sample's own tasks only. Name a model with --endpoint and --model.");
        return Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, asked.Contains("The helper:", StringComparison.Ordinal) ? reply.Main : reply.Helper)));
    }

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("The script does not stream.");

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose() { }
}
