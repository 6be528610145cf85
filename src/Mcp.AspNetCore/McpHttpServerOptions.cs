using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Authentication.JwtBearer;

namespace AgentTeams.Mcp;

/// <summary>Where an MCP server listens, and to whom it answers.</summary>
/// <example><code>new McpHttpServerOptions { Port = 3001, ApiKeys = new Dictionary&lt;string, string&gt; { ["desk"] = key } }</code></example>
public sealed record McpHttpServerOptions : IChecked
{
    /// <summary>The address to listen on.</summary>
    /// <value>Only this machine by default, 127.0.0.1. Any other than a loopback address needs <see cref="ApiKeys"/> or <see cref="Jwt"/>, and <see cref="AllowedHosts"/>.</value>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The port to listen on.</summary>
    /// <value>0 to 65535, 0 for any that is free; 3001 by default.</value>
    public int Port { get; init; } = 3001;

    /// <summary>The path.</summary>
    /// <value>"/mcp" by default.</value>
    public string Path { get; init; } = "/mcp";

    /// <summary>
    /// The keys that clients may bring, as <c>Authorization: Bearer …</c> or <c>X-Api-Key: …</c>, by the name of who has each. Sessions and limits are by name.
    /// </summary>
    /// <value>None by default.</value>
    public IReadOnlyDictionary<string, string> ApiKeys { get; init; } = new Dictionary<string, string>();

    /// <summary>Validates bearer tokens, as ASP.NET Core does: authority, audience, signing keys.</summary>
    /// <value>Null, the default, for none.</value>
    public Action<JwtBearerOptions>? Jwt { get; init; }

    /// <summary>The names under which the server answers, without port; <c>*.example.org</c> for all below. Under others a request may be a browser's that was deceived.</summary>
    /// <value>The names and addresses of the loopback by default.</value>
    public IReadOnlyList<string> AllowedHosts { get; init; } = ["localhost", "127.0.0.1", "[::1]"];

    /// <summary>The pages, by origin (<c>https://app.example.org</c>), whose scripts may send requests. Requests without an Origin come from no page.</summary>
    /// <value>None by default.</value>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>The longest body of a request, in bytes; longer ones are refused with status 413.</summary>
    /// <value>At least 1; 4 MiB by default.</value>
    public long MaxRequestBytes { get; init; } = 4 << 20;

    /// <summary>The most requests of one client, or one address where clients have no names, in a minute; further ones are refused with status 429.</summary>
    /// <value>At least 1; 10,000 by default.</value>
    public int RequestsPerMinute { get; init; } = 10_000;

    /// <summary>The most idle sessions of clients of protocols before 2026-07-28, which has none; the oldest give way.</summary>
    /// <value>At least 1; 10,000 by default.</value>
    public int MaxIdleSessions { get; init; } = 10_000;

    /// <summary>How long a session may be idle.</summary>
    /// <value>Positive; 30 minutes by default.</value>
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromMinutes(30);

    internal bool NeedsAuthentication => ApiKeys.Count > 0 || Jwt is not null;

    void IChecked.Check(OptionChecks checks)
    {
        checks
            .Within(0, IPEndPoint.MaxPort, Port)
            .AtLeast(1, MaxRequestBytes).AtLeast(1, RequestsPerMinute).AtLeast(1, MaxIdleSessions)
            .Require(SessionTimeout > TimeSpan.Zero, SessionTimeout, "a positive time")
            .RequireThat(Path.StartsWith('/'), $"Path is '{Path}'; begin it with '/'.")
            .RequireThat(AllowedHosts.Count > 0, "AllowedHosts is empty; name at least one.")
            .RequireThat(IPAddress.IsLoopback(Address) || NeedsAuthentication, $"Address is {Address}, which others can reach, and there are neither ApiKeys nor Jwt; give a key, or listen on IPAddress.Loopback.")
            .RequireThat(ApiKeys.Values.Distinct(StringComparer.Ordinal).Count() == ApiKeys.Count, "ApiKeys holds one key under two names; give each client its own.");
        foreach (var (name, key) in ApiKeys)
            checks.RequireThat(name.Length > 0 && key.Length > 0 && key.All(c => c is > ' ' and <= '~'), $"ApiKeys[\"{name}\"] is empty or holds other characters than visible ASCII; give another key.");
        foreach (var origin in AllowedOrigins)
            checks.RequireThat(Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.GetLeftPart(UriPartial.Authority).Equals(origin, StringComparison.OrdinalIgnoreCase), $"AllowedOrigins holds '{origin}'; give scheme, host and port only, as in https://app.example.org.");
    }

    // Keys are not written.
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append(CultureInfo.InvariantCulture, $"Address = {Address}, Port = {Port}, Path = {Path}, ApiKeys = {string.Join(", ", ApiKeys.Keys)}");
        return true;
    }
}
