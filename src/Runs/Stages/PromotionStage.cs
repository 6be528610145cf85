using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace AgentTeams.Runs;

/// <summary>Puts the weights into a registry, and in use where an evaluation of the run is good enough, as a stage: one step.</summary>
public sealed class PromotionStage : ITrainingStage
{
    private readonly ModelRegistry _registry;
    private readonly PromotionOptions _options;

    internal PromotionStage(string name, ModelRegistry registry, PromotionOptions options)
    {
        ArgumentNullException.ThrowIfNull(registry);
        ArgumentNullException.ThrowIfNull(options);
        (Name, _registry, _options) = (name, registry, options);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string Kind => "promotion";

    /// <inheritdoc/>
    public int? Steps => 1;

    /// <inheritdoc/>
    public object Options => new { Promotion = _options };

    /// <inheritdoc/>
    public bool IsStepAtomic => true;

    /// <summary>It trains nothing.</summary>
    public IReadOnlyCollection<PolicyId> TrainedPolicies(TrainingPlan plan) => [];

    /// <inheritdoc/>
    public IEnumerable<string> ProblemsWith(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        foreach (var problem in OptionChecks.ProblemsOf(_options)) yield return problem;
        foreach (var name in new[] { _options.Evaluation, _options.Against }.OfType<string>())
        {
            if (plan.Stages.All(s => s.Name != name)) yield return $"It names the evaluation '{name}', which the plan does not have.";
            else if (plan.Stages.TakeWhile(s => s != this).All(s => s.Name != name)) yield return $"It names the evaluation '{name}', which is made after it; put it behind that.";
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<RunEvent> RunAsync(StageContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.StepsDone > 0) yield break;
        var made = context.Evaluation(_options.Evaluation);
        var version = await _registry.AddAsync(_options.Name, context.Models, new()
        {
            Run = context.RunFolder, Base = _options.Base, Data = _options.Data,
            Metrics = new Dictionary<string, double> { ["success"] = made.Success.Rate }.ToImmutableSortedDictionary(StringComparer.Ordinal),
        }, cancellationToken).ConfigureAwait(false);
        var refusal = RefusalOf(made, context);
        if (refusal is null) _registry.Promote(_options.Name, version.Number);
        yield return new RunMessage(refusal is null ? $"Version {version.Number} of '{_options.Name}' is in use" : $"Version {version.Number} of '{_options.Name}' is stored, but not in use: {refusal}");
        yield return new StageStepped(0, new Dictionary<string, double> { ["version"] = version.Number, ["promoted"] = refusal is null ? 1 : 0 });
    }

    private string? RefusalOf(TeamEvaluation made, StageContext context)
    {
        if (made.Success.Rate < _options.MinSuccess) return $"its success is {made.Success.Rate:0.000}, and {_options.MinSuccess:0.000} is wanted";
        if (_options.Against is null) return null;
        var gain = context.Evaluation(_options.Against).CompareTo(made, context.Key.ToRandom());
        return gain.Low > 0 ? null : $"its gain over '{_options.Against}' is {gain.MeanDifference:0.000}, between {gain.Low:0.000} and {gain.High:0.000}, and may be none";
    }
}

/// <summary>What is promoted, and when.</summary>
public sealed record PromotionOptions : IChecked
{
    /// <summary>The name in the registry.</summary>
    public required string Name { get; init; }

    /// <summary>The evaluation stage that says how good the weights are.</summary>
    public required string Evaluation { get; init; }

    /// <summary>The evaluation stage that they must beat with 95 % confidence; null, the default, for none.</summary>
    public string? Against { get; init; }

    /// <summary>The least success.</summary>
    /// <value>0 to 1; 0 by default.</value>
    public double MinSuccess { get; init; }

    /// <summary>What the weights were trained from, for the lineage.</summary>
    public string? Base { get; init; }

    /// <summary>What they were trained on, for the lineage.</summary>
    public string? Data { get; init; }

    void IChecked.Check(OptionChecks checks) => checks.Within(0, 1, MinSuccess);
}
