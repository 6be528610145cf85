using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace AgentTeams.Serving;

/// <summary>Answers chat completions.</summary>
internal sealed class ChatEndpoint(ServingOptions options, ILogger log)
{
    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false };
    private int _count;

    public async Task AnswerAsync(HttpContext context)
    {
        using var body = await ReadAsync(context).ConfigureAwait(false);
        var request = RequestReader.Read(body.RootElement, options);
        if (!options.Models.TryGetValue(request.Model, out var client)) throw ModelsEndpoint.NoModel(request.Model, options);
        var model = ServedModels.Of(client);
        Check(model, request);
        var head = new ReplyHead(request, $"chatcmpl-{Guid.NewGuid():N}", options.TimeProvider.GetUtcNow().ToUnixTimeSeconds());
        var asked = Choices(model, request);
        if (request.Stream)
        {
            await StreamedReply.WriteAsync(context, head, ChoiceStreams.Merge([.. asked.Select(o =>
                client.GetStreamingResponseAsync(request.Messages, o, context.RequestAborted))], context.RequestAborted),
                    model.Tokenizer, log).ConfigureAwait(false);
            return;
        }

        var responses = await ChoiceStreams.AllAsync(asked,
            (o, token) => client.GetResponseAsync(request.Messages, o, token), context.RequestAborted).ConfigureAwait(false);
        await Wire.WriteAsync(context, WholeReply.Of(head, responses, model.Tokenizer), Wire.Json.Completion).ConfigureAwait(false);
    }

    private static void Check(IServedModel model, ChatRequest request)
    {
        if (request.LogProbs && model.Tokenizer is null)
            throw RequestException.Unsupported("logprobs", "only a local model, or a role without tools on one, tells log-probabilities. Leave it out.");
        try
        {
            model.Check(request.Messages, request.Options);
        }
        catch (AgentTeamsException e) when (e is not RequestException)
        {
            throw new RequestException(StatusCodes.Status400BadRequest, e.Message, cause: e);
        }
    }

    private async Task<JsonDocument> ReadAsync(HttpContext context)
    {
        // A page of another site can send a form or plain text from a browser unasked, but not JSON.
        if (!context.Request.HasJsonContentType())
            throw new RequestException(StatusCodes.Status415UnsupportedMediaType, "The body is not declared as JSON. Send 'Content-Type: application/json'.");
        if (context.Request.ContentLength > options.MaxRequestBytes) throw new RequestException(StatusCodes.Status413PayloadTooLarge, Door.TooLong(options));
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = options.MaxRequestBytes;
        try
        {
            var body = await JsonDocument.ParseAsync(context.Request.Body, s_strict, context.RequestAborted).ConfigureAwait(false);
            EnsureReadable(body.RootElement);
            return body;
        }
        catch (InvalidOperationException e)
        {
            throw new RequestException(StatusCodes.Status400BadRequest,
                $"The body holds a text that is no Unicode: {e.Message} Send whole characters, in UTF-8.", code: "invalid_json", cause: e);
        }
        catch (JsonException e)
        {
            throw new RequestException(StatusCodes.Status400BadRequest,
                $"The body is no JSON, or holds a name twice: {e.Message}", code: "invalid_json", cause: e);
        }
    }

    // The parser looks at the form only; half of a surrogate pair, or bytes that are no UTF-8, are found when a text is read.
    private static void EnsureReadable(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String) _ = value.GetString();
        if (value.ValueKind == JsonValueKind.Array)
            foreach (var item in value.EnumerateArray()) EnsureReadable(item);
        if (value.ValueKind != JsonValueKind.Object) return;
        foreach (var member in value.EnumerateObject())
        {
            _ = member.Name;
            EnsureReadable(member.Value);
        }
    }

    private List<ChatOptions> Choices(IServedModel model, ChatRequest request)
    {
        var count = Interlocked.Increment(ref _count);
        var given = request.Options.Seed;
        var all = new List<ChatOptions>(request.Choices);
        for (var i = 0; i < request.Choices; i++)
        {
            var own = request.Options.Clone();
            // Equal seeds give equal replies, which is what a seed is for, but not what several choices or a second try are for.
            if (given is { } seed && i > 0) own.Seed = new SeedKey(seed, "serving", Sample: i).ToSeed();
            else if (given is null && model.IsSeeded) own.Seed = new SeedKey(options.Seed, "serving", count, Sample: i).ToSeed();
            all.Add(own);
        }

        return all;
    }
}
