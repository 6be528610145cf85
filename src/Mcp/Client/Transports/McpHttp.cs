using ModelContextProtocol.Client;

namespace AgentTeams.Mcp;

/// <summary>A server over streamable HTTP.</summary>
internal sealed class McpHttp(McpHttpOptions options) : McpWay(options.MaxReconnects)
{
    private readonly HttpClient _client = McpHttpHandler.CreateClient(options);

    public override string Bound => $"{nameof(McpHttpOptions)}.{nameof(McpHttpOptions.MaxReconnects)}";

    public override string Where => $"the address {options.PublicEndpoint}";

    // The headers are not handed over: they are added where no message is made of them.
    public override IClientTransport Open() => new HttpClientTransport(
        new() { Name = options.Name, Endpoint = options.Endpoint, TransportMode = HttpTransportMode.StreamableHttp, ConnectionTimeout = options.StartTimeout, OAuth = options.OAuth },
        _client,
        options.LoggerFactory);

    public override string Redact(string text) => options.Secrets.Aggregate(text, (t, secret) => t.Replace(secret, "***", StringComparison.Ordinal))
        .Replace(options.Endpoint.ToString(), options.PublicEndpoint, StringComparison.Ordinal);

    public override ValueTask DisposeAsync()
    {
        _client.Dispose();
        return base.DisposeAsync();
    }
}
