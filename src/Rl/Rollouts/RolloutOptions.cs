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

    /// <summary>The team and its models, by which a stored rollout of other weights, roles or mappings is told apart.</summary>
    /// <value>Null by default; needed where there is a <see cref="Store"/>.</value>
    public TeamModels? Models { get; init; }

    /// <summary>
    /// What the rollouts depend on beyond the team, its weights and the code of the delegate, for example a prompt read from a
    /// file. Rollouts stored under another value are not reused.
    /// </summary>
    /// <value>Empty by default.</value>
    public string Fingerprint { get; init; } = "";

    /// <summary>How many rollouts run at once.</summary>
    /// <value>At least 1; 512 by default.</value>
    public int MaxConcurrency { get; init; } = 512;

    /// <summary>Is told of stored rollouts that do not fit any more.</summary>
    /// <value>Nobody is told by default.</value>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    void IChecked.Check(OptionChecks checks) => checks
        .AtLeast(1, MaxConcurrency)
        .RequireThat(Store is null || Models is not null,
            "Store is given without Models, so stored rollouts of other weights could not be told apart; set Models too.");
}
