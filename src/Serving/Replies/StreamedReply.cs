using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace AgentTeams.Serving;

/// <summary>A reply that is sent as server-sent events while it is written.</summary>
internal sealed partial class StreamedReply(HttpContext context, ReplyHead head, Tokenizer? tokenizer)
{
    private readonly ReplyContent[] _choices = [.. Enumerable.Range(0, head.Request.Choices).Select(_ => new ReplyContent())];
    private readonly bool[] _begun = new bool[head.Request.Choices];

    public static async Task WriteAsync(HttpContext context, ReplyHead head, IAsyncEnumerable<ChoiceUpdate> updates, Tokenizer? tokenizer, ILogger log)
    {
        var reply = new StreamedReply(context, head, tokenizer);
        try
        {
            await foreach (var (index, update) in updates.ConfigureAwait(false))
            {
                if (update is null) await reply.EndAsync(index).ConfigureAwait(false);
                else await reply.AddAsync(index, update).ConfigureAwait(false);
            }

            if (head.Request.IncludeUsage && ReplyTokens.Sum(reply._choices.Select(c => c.Usage)) is { } usage)
                await reply.SendAsync(head.Chunk(usage)).ConfigureAwait(false);
            await reply.SendAsync("data: [DONE]\n\n"u8.ToArray()).ConfigureAwait(false);
        }
        catch (Exception e) when (context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            // The status was sent long ago, so the stream itself says that it broke off, and ends without its mark of completion.
            Failed(log, context.TraceIdentifier, e);
            await reply.SendErrorAsync().ConfigureAwait(false);
            throw new RequestException(StatusCodes.Status500InternalServerError, "The stream broke off.", cause: e);
        }
    }

    private async Task AddAsync(int index, ChatResponseUpdate update)
    {
        var (text, reasoning) = _choices[index].Add(update);
        if (text.Length == 0 && reasoning.Length == 0)
        {
            // Keeps the connection alive, and shows at once that the request was taken on.
            if (update.Contents.Count == 0 && update.FinishReason is null) await SendAsync(": at work\n\n"u8.ToArray()).ConfigureAwait(false);
            return;
        }

        await SendAsync(index, new(Begin(index), text.Length == 0 ? null : text, reasoning.Length == 0 ? null : reasoning)).ConfigureAwait(false);
    }

    private async Task EndAsync(int index)
    {
        var content = _choices[index];
        // Only now is it known which calls nobody has answered.
        var calls = content.OpenCalls(isStreamed: true);
        if (!_begun[index] || calls is not null) await SendAsync(index, new(Begin(index), ToolCalls: calls)).ConfigureAwait(false);
        var end = new ChunkChoice(index, new(), head.Request.LogProbs ? ReplyTokens.LogProbs(content, tokenizer) : null, content.FinishReason);
        await SendAsync(head.Chunk(null, end) with { SystemFingerprint = content.Fingerprint }).ConfigureAwait(false);
    }

    private string? Begin(int index)
    {
        if (_begun[index]) return null;
        _begun[index] = true;
        return "assistant";
    }

    private Task SendAsync(int index, Delta delta) => SendAsync(head.Chunk(null, new ChunkChoice(index, delta)));

    private Task SendAsync(Chunk chunk) => SendAsync(Event(JsonSerializer.SerializeToUtf8Bytes(chunk, Wire.Json.Chunk)));

    private Task SendErrorAsync() => SendAsync(Event(JsonSerializer.SerializeToUtf8Bytes(
        ErrorReply.Of(new(StatusCodes.Status500InternalServerError,
            $"The reply broke off; the server's log says why, under {context.TraceIdentifier}.", code: "internal_error")),
        Wire.Json.ErrorBody)));

    private async Task SendAsync(byte[] bytes)
    {
        if (!context.Response.HasStarted)
        {
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-cache";
        }

        await context.Response.Body.WriteAsync(bytes, context.RequestAborted).ConfigureAwait(false);
        await context.Response.Body.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }

    private static byte[] Event(byte[] json) => [.. "data: "u8, .. json, .. "\n\n"u8];

    [LoggerMessage(Level = LogLevel.Error, Message = "The stream of the request {Id} broke off.")]
    private static partial void Failed(ILogger log, string id, Exception exception);
}
