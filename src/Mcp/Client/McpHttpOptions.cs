using System.Text;
using ModelContextProtocol.Authentication;

namespace AgentTeams.Mcp;

/// <summary>An MCP server that is reached over streamable HTTP, with sessions or without. Its text form holds no header, token or query.</summary>
public sealed record McpHttpOptions : McpOptions
{
    /// <summary>The server's address, <c>https</c> or <c>http</c>.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>Headers of every request, such as an API key's. Their values are secrets: no message and no log shows them.</summary>
    /// <value>None by default.</value>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>The token of the header <c>Authorization: Bearer</c>.</summary>
    /// <value>Null, the default, for none.</value>
    public string? BearerToken { get; init; }

    /// <summary>Gives the bearer token of a request in place of <see cref="BearerToken"/>; it is asked before every request, and once more where the server answers 401.</summary>
    /// <value>Null by default.</value>
    public Func<CancellationToken, ValueTask<string>>? BearerTokenProvider { get; init; }

    /// <summary>Signs in by OAuth 2.1 where the server asks for it: the official SDK's options, handed to it as they are.</summary>
    /// <value>Null by default.</value>
    public ClientOAuthOptions? OAuth { get; init; }

    /// <summary>Makes the client that sends the requests, for proxies, certificates or resilience handlers. It is disposed with the connection; its own time-out counts besides.</summary>
    /// <value>Null by default: a client that follows no redirects, as those would carry headers elsewhere.</value>
    public Func<HttpClient>? HttpClientFactory { get; init; }

    /// <summary>Whether headers, tokens and OAuth may be used with an <c>http</c> address that is not this machine.</summary>
    /// <value>False by default: they would travel in clear.</value>
    public bool AllowInsecure { get; init; }

    /// <summary>How many new sessions in a row may pass without a successful call before calls fail at once. Between attempts that fail the time grows.</summary>
    /// <value>At least 0; 3 by default.</value>
    public int MaxReconnects { get; init; } = 3;

    // What is shorter stands in many words.
    internal const int LongestPlain = 3;

    /// <summary>What no message may show.</summary>
    internal IEnumerable<string> Secrets => [.. Headers.Values.Where(v => v.Length > LongestPlain), .. BearerToken is { Length: > LongestPlain } token ? [token] : (string[])[]];

    /// <summary>The address without what may be secret in it.</summary>
    internal string PublicEndpoint => Endpoint.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    /// <summary>Writes the name and the address without user and query.</summary>
    protected override bool PrintMembers(StringBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Append("Name = ").Append(Name).Append(", Endpoint = ").Append(PublicEndpoint);
        return true;
    }

    private protected override void Check(OptionChecks checks)
    {
        base.Check(checks);
        var isHttp = Endpoint is { IsAbsoluteUri: true } && Endpoint.Scheme is "http" or "https";
        var hasSecrets = Headers.Count > 0 || BearerToken is not null || BearerTokenProvider is not null || OAuth is not null;
        checks.RequireThat(isHttp, "Endpoint is no absolute http or https address; give the server's.")
            .RequireThat(!isHttp || !hasSecrets || AllowInsecure || Endpoint.Scheme == "https" || Endpoint.IsLoopback,
                "Endpoint is http on another machine, and headers or tokens would travel in clear; use https, or set AllowInsecure.")
            .RequireThat(BearerToken is null || BearerTokenProvider is null, "BearerToken and BearerTokenProvider are both set; set one.")
            .RequireThat(OAuth is null || (BearerToken is null && BearerTokenProvider is null), "OAuth and a bearer token are both set; set one.")
            .RequireThat(BadHeader() is null, $"Headers holds '{BadHeader()}', which is no header that can be sent; mend its name or its value.")
            .AtLeast(0, MaxReconnects);
    }

    private string? BadHeader()
    {
        using var request = new HttpRequestMessage();
        return Headers.Where(h => h.Value.AsSpan().ContainsAny('\r', '\n', '\0') || !request.Headers.TryAddWithoutValidation(h.Key, h.Value)).Select(h => h.Key).FirstOrDefault();
    }
}
