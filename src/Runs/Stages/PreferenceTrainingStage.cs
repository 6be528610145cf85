using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;

namespace AgentTeams.Runs;

/// <summary>Learning from preference pairs as a stage: a step is a pass over the pairs.</summary>
public sealed class PreferenceTrainingStage : ITrainingStage
{
    private readonly IReadOnlyList<PreferencePair>? _pairs;
    private readonly string? _collectedBy;
    private readonly PreferenceTrainerOptions _options;

    internal PreferenceTrainingStage(string name, IReadOnlyList<PreferencePair>? pairs, string? collectedBy, PreferenceTrainerOptions options) =>
        (Name, _pairs, _collectedBy, _options) = (name, pairs, collectedBy, options);

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string Kind => "preference training";

    /// <inheritdoc/>
    public int? Steps => _options.Epochs;

    /// <inheritdoc/>
    public object Options => new { Prefer = _options, CollectedBy = _collectedBy, Pairs = _pairs is null ? null : Fingerprint(_pairs) };

    /// <summary>A pass that was interrupted leaves some of its updates.</summary>
    public bool IsStepAtomic => false;

    /// <inheritdoc/>
    public IReadOnlyCollection<PolicyId> TrainedPolicies(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return [.. plan.Models.TrainablePolicies];
    }

    /// <inheritdoc/>
    public IEnumerable<string> ProblemsWith(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        foreach (var problem in OptionChecks.ProblemsOf(_options)) yield return problem;
        if (_pairs is { Count: 0 }) yield return "It has no preference pairs; give at least one.";
        if (_collectedBy is not null && !plan.Stages.TakeWhile(s => s != this).Any(s => s.Name == _collectedBy && s.Kind == "preferences"))
            yield return $"It learns from the pairs of the stage '{_collectedBy}', but no stage of that name collects preferences before it. Add one with Stage.CollectPreferences.";
        foreach (var role in (_pairs ?? []).SelectMany(p => p.Chosen.Concat(p.Rejected)).Select(e => e.Role).Distinct(StringComparer.Ordinal))
        {
            if (plan.Models.Team.Roles.All(r => r.Name != role)) yield return $"There are preference pairs of the role '{role}', which the team does not have.";
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<RunEvent> RunAsync(StageContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        // Stages that are done never change their files, so a resumed run reads the same pairs.
        var pairs = _pairs ?? await ReadAsync(Path.Combine(context.DirectoryOf(_collectedBy!), PreferenceStage<object>.FileName), cancellationToken).ConfigureAwait(false);
        if (pairs.Count == 0) throw new AgentTeamsException($"The stage '{Name}' has no preference pairs: '{_collectedBy}' collected none. Run each task more often, or lower its MinMargin.");
        using var reference = await new TrainingCheckpoints(context.Directory, loggerFactory: context.LoggerFactory).ReferenceAsync(context.Models, context.StepsDone, cancellationToken).ConfigureAwait(false);
        await foreach (var epoch in new PreferenceTrainer(context.Models, _options).TrainAsync(pairs, reference, context.Key, context.StepsDone, cancellationToken).ConfigureAwait(false))
        {
            yield return new StageStepped(epoch.Epoch, new SortedDictionary<string, double>(epoch.Metrics.ToDictionary(), StringComparer.Ordinal) { ["pairs"] = pairs.Count, ["updates"] = epoch.Updates });
        }
    }

    private static async Task<IReadOnlyList<PreferencePair>> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var pairs = new List<PreferencePair>();
        await foreach (var pair in PreferencePair.ReadAsync(path, cancellationToken).ConfigureAwait(false)) pairs.Add(pair);
        return pairs;
    }

    private static string Fingerprint(IReadOnlyList<PreferencePair> pairs) =>
        $"{pairs.Count} pairs, sha256 {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', pairs.Select(p => p.ToLine())))).AsSpan(0, 8))}";
}
