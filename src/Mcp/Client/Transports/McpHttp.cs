using System.Collections.Concurrent;
using ModelContextProtocol.Client;

namespace AgentTeams.Mcp;

/// <summary>A server over streamable HTTP.</summary>
internal sealed class McpHttp : McpWay
{
    // An answer may tell the token of its request while later ones have another.
    private const int MaxTokens = 8;

    private readonly McpHttpOptions _options;
    private readonly HttpClient _client;
    private readonly ConcurrentQueue<string> _tokens = [];

    public McpHttp(McpHttpOptions options)
        : base(options.MaxReconnects) => (_options, _client) = (options, McpHttpHandler.CreateClient(options, Keep));

    public override string Bound => $"{nameof(McpHttpOptions)}.{nameof(McpHttpOptions.MaxReconnects)}";

    public override string Where => $"the address {_options.PublicEndpoint}";

    // The headers are not handed over: they are added where no message is made of them.
    public override IClientTransport Open() => new HttpClientTransport(
        new() { Name = _options.Name, Endpoint = _options.Endpoint, TransportMode = HttpTransportMode.StreamableHttp, ConnectionTimeout = _options.StartTimeout, OAuth = _options.OAuth },
        _client,
        _options.LoggerFactory);

    public override string Redact(string text) => _options.Secrets.Concat(_tokens).Aggregate(text, (t, secret) => t.Replace(secret, "***", StringComparison.Ordinal))
        .Replace(_options.Endpoint.ToString(), _options.PublicEndpoint, StringComparison.Ordinal);

    public override ValueTask DisposeAsync()
    {
        _client.Dispose();
        return base.DisposeAsync();
    }

    private void Keep(string token)
    {
        if (token.Length <= McpHttpOptions.LongestPlain || _tokens.Contains(token)) return;
        _tokens.Enqueue(token);
        if (_tokens.Count > MaxTokens) _tokens.TryDequeue(out _);
    }
}
