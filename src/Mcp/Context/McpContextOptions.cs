using System.Security.Claims;

namespace AgentTeams.Mcp;

/// <summary>How an MCP server offers a shared context. Every value has a default.</summary>
public sealed record McpContextOptions : IChecked
{
    /// <summary>The run whose context it is.</summary>
    /// <value>
    /// Null, the default, for <see cref="SharedContextOptions.Run"/>. Where that is null too, clients name the run in the argument <c>run</c> and in addresses: whoever knows
    /// a run's name has it.
    /// </value>
    public string? Run { get; init; }

    /// <summary>The role as which clients act, by whose rights they read and write.</summary>
    /// <value>"client" by default.</value>
    public string Role { get; init; } = "client";

    /// <summary>The role of whoever a request comes from, where the transport knows that, as ASP.NET Core's authentication does. A request that it gives no role is refused.</summary>
    /// <value>Null, the default: all act as <see cref="Role"/>.</value>
    public Func<ClaimsPrincipal?, string>? RoleOf { get; init; }

    void IChecked.Check(OptionChecks checks) => checks
        .RequireThat(Run is null || !string.IsNullOrWhiteSpace(Run), "Run is empty; give a run, or null.")
        .RequireThat(!string.IsNullOrWhiteSpace(Role), "Role is empty; give the role as which clients act.");
}
