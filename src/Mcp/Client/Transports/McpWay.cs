using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace AgentTeams.Mcp;

/// <summary>A way to a server: opens connections one after another, and knows how the last one ended.</summary>
internal abstract class McpWay(int maxReconnects) : IAsyncDisposable
{
    /// <summary>How many connections in a row may be opened after the first without a call that succeeds.</summary>
    public int MaxReconnects => maxReconnects;

    /// <summary>The option that bounds <see cref="MaxReconnects"/>; null where nothing is connected to again.</summary>
    public virtual string? Bound => null;

    /// <summary>What to look at when it cannot be connected to.</summary>
    public abstract string Where { get; }

    public abstract IClientTransport Open();

    /// <summary>Gives the connection up at once that is being opened.</summary>
    public virtual void Abandon() { }

    /// <summary>How the server ended and what it last said, in sentences that begin with a space; empty where nothing is known.</summary>
    /// <param name="runsOn">Whether it may still be running, so that its end is not waited for.</param>
    public virtual Task<string> LastWordsAsync(bool runsOn) => Task.FromResult("");

    /// <summary>The same text without what is secret.</summary>
    public virtual string Redact(string text) => text;

    public virtual ValueTask DisposeAsync() => default;
}

/// <summary>Two streams, which are there once.</summary>
internal sealed class McpStreams(Stream input, Stream output, McpOptions options) : McpWay(0)
{
    private readonly LineLimitStream _output = new(output, LineLimitStream.Of(options));

    public override string Where => "the two streams";

    public override IClientTransport Open() => new StreamClientTransport(input, _output, options.LoggerFactory);

    public override Task<string> LastWordsAsync(bool runsOn) => Task.FromResult(_output.IsExceeded ? _output.Said : "");
}
