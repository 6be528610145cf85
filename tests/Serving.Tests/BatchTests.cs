using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>Many requests at once.</summary>
public sealed class BatchTests
{
    private const int Requests = 64;
    private const int Tokens = 24;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Complete_ManyAtOnce_AreSampledInOneBatch(bool stream)
    {
        using var model = TinyModel.Create();
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // A client that lets nobody through before all have come: if requests were answered one after the other, none ever would be.
        using var gate = new Gate(model.GetChatClient(model.Base), Requests, all);
        await using var served = await Served.StartAsync(gate);
        var before = model.Statistics;
        var more = $"\"max_tokens\":{Tokens}{(stream ? ",\"stream\":true" : "")}";
        var replies = await Task.WhenAll(Enumerable.Range(0, Requests).Select(i => TextAsync(served, Served.Body(more, $"{i} apples and 2 more"), stream)))
            .WaitAsync(TimeSpan.FromMinutes(2));
        var after = model.Statistics;

        Assert.Equal(Requests, replies.Length);
        // Alone, each token would have taken a pass of its own.
        var (tokens, passes) = (after.GeneratedTokens - before.GeneratedTokens, after.Passes - before.Passes);
        Assert.True(tokens > Requests * Tokens / 2, $"{tokens} tokens");
        Assert.True(passes * 8 < tokens, $"{tokens} tokens in {passes} passes");
        // Each was drawn by a seed of its own.
        Assert.True(replies.Distinct(StringComparer.Ordinal).Count() > Requests / 2);
    }

    private static async Task<string> TextAsync(Served served, string body, bool stream)
    {
        if (stream) return string.Concat((await served.LinesAsync(body)).Select(Content));
        var (status, reply) = await served.AskAsync(body);
        Assert.Equal(200, status);
        return reply.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
    }

    private static string? Content(string line)
    {
        if (!line.StartsWith("data: {", StringComparison.Ordinal)) return null;
        using var chunk = JsonDocument.Parse(line[6..]);
        return chunk.RootElement.GetProperty("choices")[0].GetProperty("delta").TryGetProperty("content", out var content) ? content.GetString() : null;
    }

    private sealed class Gate(IChatClient inner, int count, TaskCompletionSource open) : DelegatingChatClient(inner)
    {
        private int _come;

        public override async Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            await ComeAsync(cancellationToken);
            return await base.GetResponseAsync(messages, options, cancellationToken);
        }

        public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null,
            [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await ComeAsync(cancellationToken);
            await foreach (var update in base.GetStreamingResponseAsync(messages, options, cancellationToken)) yield return update;
        }

        private Task ComeAsync(CancellationToken cancellationToken)
        {
            if (Interlocked.Increment(ref _come) == count) open.SetResult();
            return open.Task.WaitAsync(cancellationToken);
        }
    }
}
