using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace AgentTeams.Runs;

/// <summary>Supervised fine-tuning as a stage: a step is an epoch.</summary>
public sealed class SupervisedStage : ITrainingStage
{
    private readonly Func<StageContext, CancellationToken, Task<SftData>> _collect;
    private readonly SftData? _given;
    private readonly SftOptions _options;

    internal SupervisedStage(string name, SftData given, SftOptions options)
        : this(name, (_, _) => Task.FromResult(given), options) => _given = given;

    internal SupervisedStage(string name, Func<StageContext, CancellationToken, Task<SftData>> collect, SftOptions options)
    {
        ArgumentNullException.ThrowIfNull(collect);
        (Name, _collect, _options) = (name, collect, options);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string Kind => "supervised";

    /// <inheritdoc/>
    public int? Steps => _options.MaxEpochs;

    /// <inheritdoc/>
    public object Options => new { Sft = _options, OnBase, Data = _given is null ? null : Fingerprint(_given) };

    /// <summary>Whether the models' own weights learn where roles have adapters; see <see cref="SftRows.From"/>.</summary>
    /// <value>False by default.</value>
    public bool OnBase { get; init; }

    /// <summary>An epoch that was interrupted leaves some of its updates.</summary>
    public bool IsStepAtomic => false;

    /// <inheritdoc/>
    public IReadOnlyCollection<PolicyId> TrainedPolicies(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return [.. plan.Models.TrainablePolicies.Select(p => OnBase ? new(p.Model) : p)];
    }

    /// <inheritdoc/>
    public IEnumerable<string> ProblemsWith(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        foreach (var problem in OptionChecks.ProblemsOf(_options)) yield return problem;
        if (_given is { Train.Count: 0 }) yield return "It has no examples; give at least one.";
        foreach (var role in (_given?.Train ?? []).Concat(_given?.Validation ?? []).Select(e => e.Role).Distinct(StringComparer.Ordinal))
        {
            if (plan.Models.Team.Roles.All(r => r.Name != role)) yield return $"There are examples of the role '{role}', which the team does not have.";
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<RunEvent> RunAsync(StageContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var data = await KeptDataAsync(context, cancellationToken).ConfigureAwait(false);
        var done = context.ReadNote<List<SftEpoch>>() ?? [];
        var trainer = new SftTrainer(context.Models, _options, Path.Combine(context.Directory, "best"));
        var (train, validation) = (SftRows.From(context.Models, data.Train, OnBase), SftRows.From(context.Models, data.Validation, OnBase));
        await foreach (var epoch in trainer.RunAsync(train, validation, context.Key, [.. done], cancellationToken).ConfigureAwait(false))
        {
            done.Add(epoch);
            yield return new StageStepped(epoch.Epoch, MetricsOf(epoch)) { Note = JsonSerializer.SerializeToElement(done, TrajectoryJson.Options) };
        }
    }

    // What the team made it cannot make again once it has begun to change.
    private async Task<SftData> KeptDataAsync(StageContext context, CancellationToken cancellationToken)
    {
        if (_given is not null) return _given;
        var (train, validation) = (Path.Combine(context.Directory, "train.jsonl"), Path.Combine(context.Directory, "validation.jsonl"));
        if (!File.Exists(train))
        {
            var made = await _collect(context, cancellationToken).ConfigureAwait(false);
            if (made.Train.Count == 0) throw new AgentTeamsException($"The stage '{Name}' has no examples: none were collected. Ask for more runs, or filter less.");
            await SftExample.WriteAsync(validation, made.Validation, cancellationToken).ConfigureAwait(false);
            await SftExample.WriteAsync(train, made.Train, cancellationToken).ConfigureAwait(false);
        }

        return new(await ReadAsync(train).ConfigureAwait(false), await ReadAsync(validation).ConfigureAwait(false));

        async Task<IReadOnlyList<SftExample>> ReadAsync(string path)
        {
            var examples = new List<SftExample>();
            await foreach (var example in SftExample.ReadAsync(path, cancellationToken).ConfigureAwait(false)) examples.Add(example);
            return examples;
        }
    }

    private static SortedDictionary<string, double> MetricsOf(SftEpoch epoch)
    {
        var metrics = new SortedDictionary<string, double>(StringComparer.Ordinal) { ["epoch"] = epoch.Epoch, ["train_loss"] = epoch.TrainLoss, ["updates"] = epoch.Updates, ["tokens/trained"] = epoch.Tokens, ["is_best"] = epoch.IsBest ? 1 : 0 };
        if (epoch.ValidationLoss is { } loss) metrics["eval_loss"] = loss;
        return metrics;
    }

    private static string Fingerprint(SftData data)
    {
        var text = string.Join('\n', data.Train.Select(e => e.ToLine()).Append("").Concat(data.Validation.Select(e => e.ToLine())));
        return $"{data.Train.Count} examples, {data.Validation.Count} for validation, sha256 {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8))}";
    }
}

/// <summary>What supervised fine-tuning learns from.</summary>
/// <param name="Train">The examples.</param>
/// <param name="Validation">Examples that are never trained on; may be empty.</param>
public sealed record SftData(IReadOnlyList<SftExample> Train, IReadOnlyList<SftExample> Validation);
