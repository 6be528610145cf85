namespace AgentTeams.Rl;

/// <summary>One thing that a <see cref="RubricReward"/> asks its judge about.</summary>
/// <param name="Name">A short name, unique in its rubric; it becomes part of a metric's name.</param>
/// <param name="Description">What the judge grades, and what earns the highest and the lowest grade.</param>
/// <example><code>new RubricCriterion("safe", "Gives no instructions that could hurt someone.") { Veto = true }</code></example>
public sealed record RubricCriterion(string Name, string Description) : IChecked
{
    /// <summary>How much it counts against the other criteria.</summary>
    /// <value>Finite, above 0 (0 for a criterion that only vetoes); 1 by default.</value>
    public double Weight { get; init; } = 1;

    /// <summary>Whether failing it makes the whole rubric 0.</summary>
    /// <value>False by default.</value>
    public bool Veto { get; init; }

    /// <summary>The score below which a <see cref="Veto"/> is cast.</summary>
    /// <value>0 to 1; 0.5 by default.</value>
    public double VetoBelow { get; init; } = 0.5;

    void IChecked.Check(OptionChecks checks) => checks
        .Require(!string.IsNullOrWhiteSpace(Name), Name, "a name")
        .Require(!string.IsNullOrWhiteSpace(Description), Description, "what is graded")
        .Require(double.IsFinite(Weight) && (Weight > 0 || (Veto && Weight == 0)), Weight, "a finite number above 0, or 0 beside a veto")
        .Within(0, 1, VetoBelow);
}
