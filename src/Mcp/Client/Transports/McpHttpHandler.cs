using System.Net;
using System.Net.Http.Headers;

namespace AgentTeams.Mcp;

/// <summary>Adds the headers and the token to each request, and bounds what a response may hold.</summary>
internal sealed class McpHttpHandler(McpHttpOptions options, HttpClient client, Action<string> given) : HttpMessageHandler
{
    /// <param name="options">The options.</param>
    /// <param name="given">Is told each token of the options' provider, which no message may show.</param>
    public static HttpClient CreateClient(McpHttpOptions options, Action<string> given)
    {
        // How long a call may take is the options' affair.
        var inner = options.HttpClientFactory?.Invoke() ?? new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = Timeout.InfiniteTimeSpan };
        return new(new McpHttpHandler(options, inner, given)) { Timeout = Timeout.InfiniteTimeSpan };
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // Elsewhere, such as at a server that signs in, they are nobody's business.
        if (request.RequestUri != options.Endpoint) return await client.SendAsync(Copy(request, null), HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        var token = await TokenAsync(cancellationToken).ConfigureAwait(false);
        var response = await SendAsync(request, token, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.Unauthorized && options.BearerTokenProvider is not null)
        {
            var another = await TokenAsync(cancellationToken).ConfigureAwait(false);
            if (another == token) return response;
            response.Dispose();
            response = await SendAsync(request, another, cancellationToken).ConfigureAwait(false);
        }

        var content = new StreamContent(new LineLimitStream(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), LineLimitStream.Of(options)));
        foreach (var (name, values) in response.Content.Headers) content.Headers.TryAddWithoutValidation(name, values);
        response.Content = content;
        return response;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) client.Dispose();
        base.Dispose(disposing);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, string? token, CancellationToken cancellationToken)
    {
        var copy = Copy(request, token);
        foreach (var (name, value) in options.Headers) copy.Headers.TryAddWithoutValidation(name, value);
        return await client.SendAsync(copy, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<string?> TokenAsync(CancellationToken cancellationToken)
    {
        if (options.BearerTokenProvider is not { } provider) return options.BearerToken;
        var token = await provider(cancellationToken).ConfigureAwait(false);
        given(token);
        return token;
    }

    // A client sends a message once only.
    private static HttpRequestMessage Copy(HttpRequestMessage request, string? token)
    {
        var copy = new HttpRequestMessage(request.Method, request.RequestUri) { Content = request.Content, Version = request.Version, VersionPolicy = request.VersionPolicy };
        foreach (var (name, values) in request.Headers) copy.Headers.TryAddWithoutValidation(name, values);
        if (token is not null) copy.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return copy;
    }
}
