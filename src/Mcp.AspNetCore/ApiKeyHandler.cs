using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AgentTeams.Mcp;

/// <summary>Who a client is, by the key that it brings.</summary>
internal sealed class ApiKeyHandler(IOptionsMonitor<ApiKeyHandler.Settings> options, ILoggerFactory logger, UrlEncoder encoder) : AuthenticationHandler<ApiKeyHandler.Settings>(options, logger, encoder)
{
    public const string SchemeName = "ApiKey";
    private const string Bearer = "Bearer ";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var given = Request.Headers["X-Api-Key"].ToString();
        if (given.Length == 0 && Request.Headers.Authorization.ToString() is { } header && header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)) given = header[Bearer.Length..].Trim();
        if (given.Length == 0) return Task.FromResult(AuthenticateResult.NoResult());
        var hash = Hash(given);
        string? name = null;
        // All are compared, so the time tells nothing of the keys.
        foreach (var (client, key) in Options.Keys) name = CryptographicOperations.FixedTimeEquals(hash, key) ? client : name;
        if (name is null) return Task.FromResult(AuthenticateResult.Fail("The key is none of this server's."));
        var identity = new ClaimsIdentity([new(ClaimTypes.NameIdentifier, name), new(ClaimTypes.Name, name)], SchemeName);
        return Task.FromResult(AuthenticateResult.Success(new(new(identity), SchemeName)));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Bearer";
        return base.HandleChallengeAsync(properties);
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    internal sealed class Settings : AuthenticationSchemeOptions
    {
        public IReadOnlyList<(string Client, byte[] Hash)> Keys { get; private set; } = [];

        public void Take(IReadOnlyDictionary<string, string> keys) => Keys = [.. keys.Select(k => (k.Key, Hash(k.Value)))];
    }
}
