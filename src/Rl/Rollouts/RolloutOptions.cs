using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentTeams.Rl;

/// <summary>How rollouts are run, and which stored ones stand for new ones.</summary>
public sealed record RolloutOptions : IChecked
{
    /// <summary>
    /// Where each trajectory is stored as soon as it ends, and where finished ones are found again; null, the default, for nowhere.
    /// Needs <see cref="Models"/>.
    /// </summary>
    public ITrajectoryStore? Store { get; init; }

    /// <summary>The team and its models, by which a stored rollout of other weights, roles or mappings is told apart; null unless set.</summary>
    public TeamModels? Models { get; init; }

    /// <summary>
    /// What the rollouts depend on beyond the team, its weights and the code of the delegate, for example a prompt read from a file;
    /// empty unless set. Rollouts stored under another value are not reused.
    /// </summary>
    public string Fingerprint { get; init; } = "";

    /// <summary>How many rollouts run at once, at least 1; 512 unless set.</summary>
    public int MaxConcurrency { get; init; } = 512;

    /// <summary>Is told of stored rollouts that do not fit any more; nobody unless set.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    void IChecked.Check(OptionChecks checks) => checks
        .AtLeast(1, MaxConcurrency)
        .RequireThat(Store is null || Models is not null, "Store is given without Models, so stored rollouts of other weights could not be told apart; set Models too.");
}
