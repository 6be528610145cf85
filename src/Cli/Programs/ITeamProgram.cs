namespace AgentTeams.Cli;

/// <summary>A team with its tasks and the plan that trains it, as the command line starts it. <see cref="TeamProgram{TOptions}"/> is the usual way to write one.</summary>
public interface ITeamProgram
{
    /// <summary>The program's name; runs lie in a folder of that name unless told otherwise.</summary>
    string Name { get; }

    /// <summary>What it does, for the help.</summary>
    string Description { get; }

    /// <summary>The type of its options: each public property that can be set is an option of the command line.</summary>
    Type OptionsType { get; }

    /// <summary>What is wrong with options, each a sentence.</summary>
    /// <param name="options">The options.</param>
    IEnumerable<string> ProblemsWith(object options);

    /// <summary>Loads tasks and models and makes the plan.</summary>
    /// <param name="options">The options.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    Task<TeamSession> StartAsync(object options, CancellationToken cancellationToken);
}

/// <summary>
/// A team with its tasks and the plan that trains it. Its options are a record: <c>[Description]</c> is the help of an option, and <c>[Range]</c> and
/// <c>[AllowedValues]</c> say what it may be.
/// </summary>
/// <typeparam name="TOptions">The options, with their defaults.</typeparam>
/// <example>
/// <code>
/// return await TeamCommandLine.InvokeAsync(args, new MathProgram());
///
/// internal sealed record MathOptions
/// {
///     [Description("Steps of reinforcement learning."), Range(1, 1000)]
///     public int Steps { get; init; } = 100;
/// }
///
/// internal sealed class MathProgram : TeamProgram&lt;MathOptions&gt;
/// {
///     public override string Name => "math";
///
///     public override Task&lt;TeamSession&gt; StartAsync(MathOptions options, CancellationToken cancellationToken) => Task.FromResult(new TeamSession { Plan = PlanOf(options) });
/// }
/// </code>
/// </example>
public abstract class TeamProgram<TOptions> : ITeamProgram
    where TOptions : class, new()
{
    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public virtual string Description => $"Trains the team '{Name}'.";

    Type ITeamProgram.OptionsType => typeof(TOptions);

    /// <summary>What is wrong with options beyond the range of each, each a sentence.</summary>
    /// <param name="options">The options.</param>
    public virtual IEnumerable<string> ProblemsWith(TOptions options) => [];

    /// <summary>Loads tasks and models and makes the plan.</summary>
    /// <param name="options">The options.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    public abstract Task<TeamSession> StartAsync(TOptions options, CancellationToken cancellationToken);

    IEnumerable<string> ITeamProgram.ProblemsWith(object options) => ProblemsWith((TOptions)options);

    Task<TeamSession> ITeamProgram.StartAsync(object options, CancellationToken cancellationToken) => StartAsync((TOptions)options, cancellationToken);
}

/// <summary>A program that was started.</summary>
public sealed class TeamSession : IAsyncDisposable
{
    /// <summary>How the team is trained. Its models belong to the session.</summary>
    public required TrainingPlan Plan { get; init; }

    /// <summary>Runs the team once on a question; null where the team answers no questions.</summary>
    public Func<string, SeedKey, CancellationToken, Task<Trajectory>>? Ask { get; init; }

    /// <summary>What else ends with the session, such as connections to tool servers.</summary>
    public IReadOnlyList<IAsyncDisposable> Owned { get; init; } = [];

    /// <summary>Frees the models and what else the session owns.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var owned in Owned) await owned.DisposeAsync().ConfigureAwait(false);
        Plan.Models.Dispose();
    }
}
