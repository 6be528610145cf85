namespace AgentTeams.Workflows;

/// <summary>
/// A world in which roles act: what a task resets it to, what each role may see of it, what their actions make of it, when it is over and what it was
/// worth. Everything in it is a function of what it is given, so that runs can be replayed, forked and trained on. Methods of the world that have
/// <see cref="EnvironmentActionAttribute"/> are tools of the roles, beside or in place of <see cref="Step"/>.
/// </summary>
/// <typeparam name="TTask">A row of a dataset, which System.Text.Json can write and read.</typeparam>
/// <typeparam name="TWorld">The world: an immutable record that System.Text.Json can write and read.</typeparam>
/// <param name="name">The environment's name.</param>
/// <example>
/// <code>
/// sealed class Guessing() : TeamEnvironment&lt;int, Guess&gt;("guessing")
/// {
///     public override Guess Reset(int secret, Random random) => new(secret);
///     public override Prompt Observe(Guess world, string role) => $"{world.Hint} Guess a number.";
///     public override Guess Step(Guess world, IReadOnlyDictionary&lt;string, string&gt; actions) => world.With(actions["guesser"]);
///     public override bool IsDone(Guess world) => world.IsFound;
///     public override double Score(Guess world) => world.IsFound ? 1 : 0;
/// }
/// </code>
/// </example>
public abstract class TeamEnvironment<TTask, TWorld>(string name)
    where TTask : notnull
    where TWorld : notnull
{
    /// <summary>The environment's name, that of its workflow.</summary>
    public string Name { get; } = Guard.Name(name, "environment name");

    /// <summary>The world at the beginning of an episode.</summary>
    /// <param name="task">What the episode is about.</param>
    /// <param name="random">Draws of the run's own key: equal for equal keys.</param>
    public abstract TWorld Reset(TTask task, Random random);

    /// <summary>What a role is asked: its observation, and nothing that it may not see.</summary>
    public abstract Prompt Observe(TWorld world, string role);

    /// <summary>The world after all roles have acted at once; as it is, unless overridden, where roles act by tools alone.</summary>
    /// <param name="world">The world that all of them saw, with what tools have changed.</param>
    /// <param name="actions">The text of each role's answer, by role.</param>
    public virtual TWorld Step(TWorld world, IReadOnlyDictionary<string, string> actions) => world;

    /// <summary>Whether the episode is over.</summary>
    public abstract bool IsDone(TWorld world);

    /// <summary>What the episode was worth, from the world at its end: the deterministic verifier of the task.</summary>
    public abstract double Score(TWorld world);

    /// <summary>What a turn was worth, or null, the default, where only the end counts.</summary>
    public virtual double? Reward(TWorld before, TWorld after) => null;
}

/// <summary>Makes a method of a world a tool of the roles that act in it: it returns the world after the action, alone or in a pair with what the role is told.</summary>
/// <example>
/// <code>
/// [EnvironmentAction, Description("Moves one step.")]
/// public (Maze World, string Told) Move(string direction) => ...;
/// </code>
/// </example>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EnvironmentActionAttribute : Attribute;

/// <summary>How an environment is played.</summary>
public sealed record EnvironmentOptions : IChecked
{
    /// <summary>The most turns of an episode.</summary>
    /// <value>At least 1; 10 by default.</value>
    public int MaxTurns { get; init; } = 10;

    /// <summary>Whether roles act at once, each without seeing what the others do, or one after another, each in the world that the one before left.</summary>
    /// <value>At once by default.</value>
    public ActionOrder Order { get; init; } = ActionOrder.Simultaneous;

    void IChecked.Check(OptionChecks checks) => checks.AtLeast(1, MaxTurns);
}

/// <summary>When roles act in a turn of an environment.</summary>
public enum ActionOrder
{
    /// <summary>All at once; <see cref="TeamEnvironment{TTask, TWorld}.Step"/> is given all actions.</summary>
    Simultaneous,

    /// <summary>One after another; <see cref="TeamEnvironment{TTask, TWorld}.Step"/> is given one action at a time.</summary>
    Sequential,
}
