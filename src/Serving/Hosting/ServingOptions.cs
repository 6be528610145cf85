using System.Globalization;
using System.Text;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace AgentTeams.Serving;

/// <summary>What is served to whom, wherever it is hosted.</summary>
/// <example><code>new ServingOptions { Models = { ["coder"] = client }, ApiKey = key }</code></example>
public record ServingOptions : IChecked
{
    /// <summary>What is served, by the name under which requests ask for it. <see cref="ServedModel"/> makes clients of roles and teams.</summary>
    /// <value>At least one; a name is any text without white space or control characters.</value>
    public IDictionary<string, IChatClient> Models { get; init; } = new Dictionary<string, IChatClient>(StringComparer.Ordinal);

    /// <summary>What requests must bring as <c>Authorization: Bearer …</c>; <c>/health</c> answers without it.</summary>
    /// <value>Null by default: whoever can connect is answered.</value>
    public string? ApiKey { get; init; }

    /// <summary>The most requests that are answered at once; further ones are refused with status 429, and clients try them again.</summary>
    /// <value>At least 1; 1024 by default.</value>
    public int MaxRequests { get; init; } = 1024;

    /// <summary>The longest body of a request, in bytes; longer ones are refused with status 413.</summary>
    /// <value>At least 1; 4 MiB by default.</value>
    public long MaxRequestBytes { get; init; } = 4 << 20;

    /// <summary>The most replies that one request may ask for (<c>n</c>).</summary>
    /// <value>At least 1; 16 by default.</value>
    public int MaxChoices { get; init; } = 16;

    /// <summary>
    /// Draws the seeds of requests that bring none: each gets another, and the first request after the start always the same. Only models that draw
    /// from seeds get one.
    /// </summary>
    /// <value>0 by default.</value>
    public long Seed { get; init; }

    /// <summary>
    /// Members of a chat completion's body that are taken as not given, for example <c>temperature</c> in front of a team where clients insist on
    /// sending one. Whatever else would change a reply and cannot be heeded is refused.
    /// </summary>
    /// <value>None by default; not <c>model</c>, <c>messages</c> or <c>stream</c>.</value>
    public IReadOnlyCollection<string> IgnoredFields { get; init; } = [];

    /// <summary>The clock of replies.</summary>
    /// <value>The system's by default.</value>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where failures are logged, whose details requests are not told.</summary>
    /// <value>Null by default: where the application logs to, and nowhere in a <see cref="TeamServer"/>.</value>
    public ILoggerFactory? LoggerFactory { get; init; }

    void IChecked.Check(OptionChecks checks) => CheckAll(checks);

    private protected virtual void CheckAll(OptionChecks checks)
    {
        checks
            .AtLeast(1, MaxRequests)
            .AtLeast(1, MaxRequestBytes)
            .AtLeast(1, MaxChoices)
            .RequireThat(Models.Count > 0, "Models is empty; give at least one.")
            .RequireThat(ApiKey is null || IsToken(ApiKey), "ApiKey is empty or holds other characters than visible ASCII; give another, or null for none.");
        foreach (var (name, client) in Models)
        {
            checks
                .RequireThat(name.Length > 0 && !name.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)),
                    $"Models holds the name '{name}'; give one without white space.")
                .RequireThat(client is not null, $"Models[\"{name}\"] is null; give a chat client.");
        }

        foreach (var name in IgnoredFields.Where(RequestFields.Needed.Contains))
            checks.RequireThat(false, $"IgnoredFields holds '{name}', without which there is no reply; take it out.");
    }

    /// <summary>Writes the members for <see cref="object.ToString"/>, but never the key.</summary>
    protected virtual bool PrintMembers(StringBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Append(CultureInfo.InvariantCulture, $"Models = {string.Join(", ", Models.Keys)}, ApiKey = {(ApiKey is null ? "none" : "given")}");
        return true;
    }

    // What a header can carry.
    private static bool IsToken(string key) => key.Length > 0 && key.All(c => c is > ' ' and <= '~');
}
