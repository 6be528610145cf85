namespace AgentTeams.Rl;

/// <summary>How a team is trained without gradients.</summary>
public sealed record EvolutionOptions : IChecked
{
    /// <summary>What judges the trajectories; a trainer needs it.</summary>
    public RewardComposer? Rewards { get; init; }

    /// <summary>The run's seed.</summary>
    /// <value>0 by default.</value>
    public long Seed { get; init; }

    /// <summary>Steps; each tries the whole population and updates once.</summary>
    /// <value>At least 0; 100 by default.</value>
    public int Steps { get; init; } = 100;

    /// <summary>Tasks on which every member of the population is tried, the same for all.</summary>
    /// <value>At least 1; 16 by default.</value>
    public int TasksPerStep { get; init; } = 16;

    /// <summary>Rollouts of each task and member.</summary>
    /// <value>At least 1; 1 by default.</value>
    public int Samples { get; init; } = 1;

    /// <summary>Members of the population: pairs that go opposite ways.</summary>
    /// <value>Even and at least 2; 16 by default.</value>
    public int Population { get; init; } = 16;

    /// <summary>The deviation of the perturbations.</summary>
    /// <value>Positive; 0.02 by default.</value>
    public double Sigma { get; init; } = 0.02;

    /// <summary>How far the weights go along the estimated gradient.</summary>
    /// <value>At least 0; 0.02 by default.</value>
    public double LearningRate { get; init; } = 0.02;

    /// <summary>The name of this training in seed keys.</summary>
    /// <value>"evolution" by default.</value>
    public string Stage { get; init; } = "evolution";

    /// <summary>How many rollouts run at once.</summary>
    /// <value>At least 1; 512 by default.</value>
    public int MaxConcurrency { get; init; } = 512;

    void IChecked.Check(OptionChecks checks) => checks
        .RequireThat(Rewards is { IsEmpty: false }, "Rewards holds no reward function; give a RewardComposer with at least one.")
        .AtLeast(0, Steps).AtLeast(1, TasksPerStep).AtLeast(1, Samples).Require(Population >= 2 && Population % 2 == 0, Population, "an even number of at least 2")
        .Positive(Sigma).Within(0, double.MaxValue, LearningRate).AtLeast(1, MaxConcurrency)
        .RequireThat(Stage.Length > 0, "Stage is empty; name the training, for example \"evolution\".");
}
