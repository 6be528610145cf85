using System.Collections.Immutable;

namespace AgentTeams.Collaboration;

/// <summary>
/// A boundary that secrets do not cross: what is outside reads and writes typed placeholders, and so do state, journal, trajectory, events and logs. The roles and
/// tools that are named as inside are given the secrets themselves, and what they say is protected again. Add it to a run as its first middleware.
/// </summary>
/// <example>
/// <code>
/// var zone = new TrustZone(vault) { Tools = ["send_mail"] };
/// var result = await workflow.RunAsync(initial, runtime, new() { Middleware = [zone.ToMiddleware()] });
/// </code>
/// </example>
/// <param name="Vault">Knows the secrets.</param>
public sealed record TrustZone(SecretVault Vault) : IChecked
{
    internal const string NoteName = "vault";

    /// <summary>The roles that are inside, by name; their models are sent the secrets.</summary>
    /// <value>None by default.</value>
    public ImmutableArray<string> Roles { get; init; } = [];

    /// <summary>The tools that are inside, by name; their bodies are given the secrets.</summary>
    /// <value>None by default.</value>
    public ImmutableArray<string> Tools { get; init; } = [];

    /// <summary>The boundary around the calls of a run. The text that the run is given is protected before it is stored, so it may hold secrets.</summary>
    /// <exception cref="AgentTeamsException">An option is not valid.</exception>
    public WorkflowMiddleware ToMiddleware()
    {
        OptionChecks.Validate(this);
        return new ZoneMiddleware(this);
    }

    void IChecked.Check(OptionChecks checks) => checks
        .RequireThat(Vault is not null, "Vault is null; give a SecretVault.")
        .RequireThat(!Roles.IsDefault && !Tools.IsDefault, "Roles or Tools has no value; give an array, which may be empty.");
}
