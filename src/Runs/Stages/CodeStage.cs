using System.Runtime.CompilerServices;

namespace AgentTeams.Runs;

/// <summary>Code of the user's own as a stage: one step.</summary>
public sealed class CodeStage : ITrainingStage
{
    private readonly Func<StageContext, CancellationToken, Task> _code;

    internal CodeStage(string name, Func<StageContext, CancellationToken, Task> code)
    {
        ArgumentNullException.ThrowIfNull(code);
        (Name, _code) = (name, code);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string Kind => "code";

    /// <inheritdoc/>
    public int? Steps => 1;

    /// <inheritdoc/>
    public object Options => new { };

    /// <summary>Nobody knows what the code had done.</summary>
    public bool IsStepAtomic => false;

    /// <inheritdoc/>
    public IEnumerable<string> ProblemsWith(TrainingPlan plan) => [];

    /// <inheritdoc/>
    public async IAsyncEnumerable<RunEvent> RunAsync(StageContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        await _code(context, cancellationToken).ConfigureAwait(false);
        yield break;
    }
}
