using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentTeams;

/// <summary>What one run needs besides its definition.</summary>
public sealed record WorkflowRunOptions
{
    private readonly int _maxSteps = 100;

    /// <summary>The model that answers for a role; see <see cref="RoleClients"/> for common choices. Asked once per invocation.</summary>
    public required Func<Role, IChatClient> ChatClients { get; init; }

    /// <summary>The run's key; seed 0 unless set. Node, visit and attempt are filled in for each call.</summary>
    public SeedKey Seed { get; init; } = new(0);

    /// <summary>The most nodes a run commits; 100 unless set, at least 1.</summary>
    /// <exception cref="AgentTeamsException">The value is below 1.</exception>
    public int MaxSteps
    {
        get => _maxSteps;
        init => _maxSteps = value >= 1 ? value : throw new AgentTeamsException($"The maximum of steps is {value}. Give at least 1.");
    }

    /// <summary>Names the policy of each recorded call where the response does not; none unless set.</summary>
    public ModelMap? Models { get; init; }

    /// <summary>The clock of timeouts, retries and records; the system's unless set.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where retries and failures are logged; nowhere unless set.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;
}

/// <summary>Common ways to choose the model behind a role.</summary>
public static class RoleClients
{
    /// <summary>One client for every role.</summary>
    public static Func<Role, IChatClient> ForAll(IChatClient client)
    {
        ArgumentNullException.ThrowIfNull(client);
        return _ => client;
    }

    /// <summary>A client for each role, by role name; a role without one fails its node.</summary>
    public static Func<Role, IChatClient> ByName(IReadOnlyDictionary<string, IChatClient> clients)
    {
        ArgumentNullException.ThrowIfNull(clients);
        return role => clients.TryGetValue(role.Name, out var client) ? client
            : throw new AgentTeamsException($"There is no chat client for the role '{role.Name}'. There are some for: {string.Join(", ", clients.Keys)}.");
    }
}
