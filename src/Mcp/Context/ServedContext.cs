using System.Security.Claims;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AgentTeams.Mcp;

/// <summary>A shared context as a server offers it.</summary>
internal sealed class ServedContext
{
    private const string Scheme = "context://";
    private readonly SharedContext _context;
    private readonly McpContextOptions _options;
    private readonly string? _run;

    private ServedContext(SharedContext context, McpContextOptions options) => (_context, _options, _run) = (context, options, options.Run ?? context.Options.Run);

    public static ServedContext Create(SharedContext context, McpContextOptions? options)
    {
        ArgumentNullException.ThrowIfNull(context);
        options ??= new();
        OptionChecks.Validate(options);
        return new(context, options);
    }

    /// <summary>Whether clients say whose context they mean.</summary>
    public bool AsksForRun => _run is null;

    /// <summary>The tools; where all clients are one role, those that it may use.</summary>
    public IEnumerable<McpServerTool> Tools()
    {
        var offered = _options.RoleOf is null ? ContextTools.Of(_context, _options.Role).Select(t => t.Name).ToHashSet() : null;
        return ContextTools.All(_context, _ => null!).Where(t => offered?.Contains(t.Name) != false).Select(t => new ContextServerTool(this, t));
    }

    /// <summary>The functions for one request.</summary>
    public IReadOnlyList<Microsoft.Extensions.AI.AIFunction> FunctionsFor(string? run, ClaimsPrincipal? user)
    {
        var view = ViewFor(run, user);
        return ContextTools.All(_context, _ => view);
    }

    /// <exception cref="AgentTeamsException">Somebody else hears of the subscriptions.</exception>
    public static void RequireSubscriptions(McpServerOptions server)
    {
        if (server.Handlers.SubscriptionsListenHandler is not null)
            throw new AgentTeamsException("The server has a handler of subscriptions already, and only one can own a client's subscriptions. Add one context, and let no other handler be set.");
    }

    /// <summary>Offers the keys as resources.</summary>
    /// <param name="server">The options of the server.</param>
    /// <param name="loggers">Where watches that fail are logged; null for where the server's host logs.</param>
    public void AddResources(McpServerOptions server, ILoggerFactory? loggers)
    {
        RequireSubscriptions(server);
        var handlers = server.Handlers;
        var (list, templates, read) = (handlers.ListResourcesHandler, handlers.ListResourceTemplatesHandler, handlers.ReadResourceHandler);
        handlers.ListResourcesHandler = async (request, token) =>
        {
            var result = list is null ? new() { Resources = [] } : await list(request, token).ConfigureAwait(false);
            if (_run is not null && request.Params?.Cursor is null) foreach (var resource in await ListAsync(request.User, token).ConfigureAwait(false)) result.Resources.Add(resource);
            return result;
        };
        handlers.ListResourceTemplatesHandler = async (request, token) =>
        {
            var result = templates is null ? new() { ResourceTemplates = [] } : await templates(request, token).ConfigureAwait(false);
            if (request.Params?.Cursor is null)
            {
                result.ResourceTemplates.Add(new()
                {
                    Name = _context.Options.Name, UriTemplate = $"{(_run is null ? Scheme + "{run}" : UriOf(_run, "")[..^1])}/{{+key}}",
                    Description = "A value that the team shares, or, without a key, the list of them; subscribe to hear of changes.",
                });
            }

            return result;
        };
        handlers.ReadResourceHandler = async (request, token) => TryParse(request.Params?.Uri) is { } address ? await ReadAsync(address, request.Params!.Uri, request.User, token).ConfigureAwait(false)
            : read is not null ? await read(request, token).ConfigureAwait(false)
            : throw new McpProtocolException($"There is no resource '{request.Params?.Uri}'.", McpErrorCode.ResourceNotFound);
        new ContextSubscriptions(this, loggers).AddTo(server);
    }

    /// <summary>Every change behind a version of a resource that the user may read.</summary>
    /// <exception cref="McpProtocolException">There is no such resource, or it may not be read.</exception>
    public async Task<Func<CancellationToken, IAsyncEnumerable<ContextEntry>>?> ChangesAsync(string uri, ClaimsPrincipal? user, CancellationToken cancellationToken)
    {
        if (TryParse(uri) is not { } address) return null;
        var view = ViewFor(address.Run, user);
        var since = await GuardedAsync(() => view.GetVersionAsync(cancellationToken)).ConfigureAwait(false);
        if (address.Key.Length == 0) return token => view.WatchAsync(since, token);
        await GuardedAsync(() => view.GetAsync(address.Key, cancellationToken)).ConfigureAwait(false);
        return token => view.WatchAsync(since, token).Where(c => c.Key == address.Key);
    }

    private static string UriOf(string run, string key) => $"{Scheme}{Uri.EscapeDataString(run)}/{key}";

    private static (string Run, string Key)? TryParse(string? uri)
    {
        if (uri?.StartsWith(Scheme, StringComparison.Ordinal) != true) return null;
        var rest = uri[Scheme.Length..].Split('/', 2);
        return (Uri.UnescapeDataString(rest[0]), rest.Length == 1 ? "" : Uri.UnescapeDataString(rest[1]));
    }

    // Clients of a context of one run learn nothing of others, not even whether they are there.
    private ContextView ViewFor(string? run, ClaimsPrincipal? user)
    {
        if (_run is not null && run is not null && run != _run) throw new McpProtocolException($"There is no context of the run '{run}' here.", McpErrorCode.ResourceNotFound);
        var role = _options.RoleOf is { } roleOf ? roleOf(user) : _options.Role;
        // Whoever is nobody must not have what everybody may where nobody is known.
        if (string.IsNullOrWhiteSpace(role)) throw new McpProtocolException("The request comes from nobody who has a role here.", McpErrorCode.InvalidRequest);
        return _context.As(role, _run ?? run ?? throw new McpProtocolException("The argument 'run' is missing: it names the run whose context is meant.", McpErrorCode.InvalidParams));
    }

    private async Task<IEnumerable<Resource>> ListAsync(ClaimsPrincipal? user, CancellationToken cancellationToken)
    {
        var view = ViewFor(null, user);
        return (await view.ListAsync("", cancellationToken).ConfigureAwait(false)).Select(e => new Resource
        {
            Uri = UriOf(view.Run, e.Key), Name = e.Key, MimeType = MimeTypeOf(e), Description = $"Version {e.Version}, written by {e.Writer}.",
        });
    }

    private async Task<ReadResourceResult> ReadAsync((string Run, string Key) address, string uri, ClaimsPrincipal? user, CancellationToken cancellationToken)
    {
        var view = ViewFor(address.Run, user);
        if (address.Key.Length == 0)
        {
            var entries = await GuardedAsync(() => view.ListAsync("", cancellationToken)).ConfigureAwait(false);
            var index = new JsonArray([.. entries.Select(e => (JsonNode)new JsonObject { ["uri"] = UriOf(view.Run, e.Key), ["key"] = e.Key, ["version"] = e.Version, ["writer"] = e.Writer })]);
            return new() { Contents = [new TextResourceContents { Uri = uri, MimeType = "application/json", Text = index.ToJsonString() }] };
        }

        var entry = await GuardedAsync(() => view.GetAsync(address.Key, cancellationToken)).ConfigureAwait(false)
            ?? throw new McpProtocolException($"'{address.Key}' has no value.", McpErrorCode.ResourceNotFound);
        var text = entry.Value!.Value.ValueKind == JsonValueKind.String ? entry.Value.Value.GetString()! : entry.Value.Value.GetRawText();
        return new() { Contents = [new TextResourceContents { Uri = uri, MimeType = MimeTypeOf(entry), Text = text, Meta = new() { ["agentteams/version"] = entry.Version, ["agentteams/writer"] = entry.Writer } }] };
    }

    private static string MimeTypeOf(ContextEntry entry) => entry.Value?.ValueKind == JsonValueKind.String ? "text/plain" : "application/json";

    private static async Task<T> GuardedAsync<T>(Func<ValueTask<T>> read)
    {
        try
        {
            return await read().ConfigureAwait(false);
        }
        catch (AgentTeamsException e)
        {
            throw new McpProtocolException(e.Message, McpErrorCode.InvalidParams);
        }
    }
}
