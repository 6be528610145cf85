using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AgentTeams.Serving;

/// <summary>Lets requests in that bring the key while there is room, and turns whatever is thrown inside into an answer.</summary>
internal sealed partial class Door(ServingOptions options, ILogger log)
{
    private const string Scheme = "Bearer ";
    private readonly byte[]? _key = options.ApiKey is { } key ? Hash(key) : null;
    private int _entered;

    public async Task EnterAsync(HttpContext context, Func<HttpContext, Task> handler, bool isCounted = false)
    {
        var entered = false;
        try
        {
            CheckKey(context.Request);
            if (isCounted) entered = Enter(context.Response);
            await handler(context).ConfigureAwait(false);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to be told.
        }
        catch (RequestException e)
        {
            await ErrorReply.WriteAsync(context, e).ConfigureAwait(false);
        }
        catch (BadHttpRequestException e)
        {
            await ErrorReply.WriteAsync(context, new(e.StatusCode, e.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? TooLong(options)
                : "The request could not be read. Send one JSON object.")).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Failed(log, context.TraceIdentifier, e);
            await ErrorReply.WriteAsync(context, new(StatusCodes.Status500InternalServerError,
                $"The server failed to answer; its log says why, under {context.TraceIdentifier}.", code: "internal_error")).ConfigureAwait(false);
        }
        finally
        {
            if (entered) Interlocked.Decrement(ref _entered);
        }
    }

    public static string TooLong(ServingOptions options) => $"The body is longer than the {options.MaxRequestBytes} bytes that this server reads. Send less.";

    private void CheckKey(HttpRequest request)
    {
        if (_key is null) return;
        string? given = request.Headers.Authorization;
        var isRight = given?.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) == true
            && CryptographicOperations.FixedTimeEquals(_key, Hash(given[Scheme.Length..].Trim()));
        if (isRight) return;
        request.HttpContext.Response.Headers.WWWAuthenticate = "Bearer";
        throw new RequestException(StatusCodes.Status401Unauthorized, given is null
            ? "The request brings no key. Send the server's as 'Authorization: Bearer …'."
            : "The key is not the server's. Send the one that it was started with as 'Authorization: Bearer …'.", code: "invalid_api_key");
    }

    private bool Enter(HttpResponse response)
    {
        if (Interlocked.Increment(ref _entered) <= options.MaxRequests) return true;
        Interlocked.Decrement(ref _entered);
        response.Headers.RetryAfter = "1";
        throw new RequestException(StatusCodes.Status429TooManyRequests,
            $"The server answers {options.MaxRequests} requests already. Try again in a moment.", code: "rate_limit_exceeded");
    }

    // Hashes are of one length, so comparing them tells nothing of the key, not even how long it is.
    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    [LoggerMessage(Level = LogLevel.Error, Message = "The request {Id} failed.")]
    private static partial void Failed(ILogger log, string id, Exception exception);
}
