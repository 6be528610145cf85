using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Rl;

/// <summary>
/// Improves the prompts of a team whose models cannot be fine-tuned: reflective prompt evolution (GEPA: Agrawal et al. 2025, arXiv 2507.19457, algorithm 1, without its merge). Each step draws a candidate from the Pareto front over
/// the validation tasks, runs it on a few tasks, lets a role write one of its texts anew from what happened, and keeps the result if it is better on these tasks; what is kept is tried on all validation tasks, and committed if
/// it is the best there. A step is a function of the seed, its number and what was found before, as far as the models are.
/// </summary>
/// <example>
/// <code>
/// var evolution = new PromptEvolution(new TeamPromptAdapter&lt;Problem&gt;(tasks, rewards), proposer, new() { Tasks = learned, Validation = held });
/// await foreach (var step in evolution.RunAsync(PromptSet.Of(team.Roles))) Console.WriteLine($"{step.Step}: {step.Outcome}, best {step.Committed.Mean:0.00}");
/// </code>
/// </example>
public sealed class PromptEvolution
{
    private const string Stage = "prompts";
    private readonly IPromptAdapter _adapter;
    private readonly PromptProposer _proposer;
    private readonly PromptEvolutionOptions _options;

    /// <summary>Creates an evolution.</summary>
    /// <param name="adapter">What is improved.</param>
    /// <param name="proposer">The model of <see cref="PromptEvolutionOptions.Proposer"/>.</param>
    /// <param name="options">How it is improved.</param>
    /// <exception cref="AgentTeamsException">Options are out of range; all are named.</exception>
    public PromptEvolution(IPromptAdapter adapter, IChatClient proposer, PromptEvolutionOptions options)
    {
        ArgumentNullException.ThrowIfNull(adapter);
        ArgumentNullException.ThrowIfNull(proposer);
        ArgumentNullException.ThrowIfNull(options);
        OptionChecks.Validate(options);
        (_adapter, _proposer, _options) = (adapter, new(options.Proposer, proposer), options);
    }

    /// <summary>Makes the proposals that are left.</summary>
    /// <param name="start">The prompts to begin with.</param>
    /// <param name="state">The <see cref="PromptStep.State"/> of the last step that is done; null at the beginning.</param>
    /// <param name="cancellationToken">Ends it; steps that were told are done.</param>
    /// <exception cref="AgentTeamsException">A component has no text, the proposer or the team could not be asked, or the state is of other options.</exception>
    public async IAsyncEnumerable<PromptStep> RunAsync(PromptSet start, JsonElement? state = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(start);
        var components = _options.Components ?? [.. start.Components.Where(c => c.Kind == PromptComponentKind.Instructions)];
        foreach (var component in components) _ = start[component];
        if (components.Count == 0) throw new AgentTeamsException("The prompts hold no role's instructions, so there is nothing to write anew. Give PromptSet.Of(team.Roles).");
        var (first, pool) = state is { } saved ? Read(saved) : (0, []);
        if (pool.Count == 0) pool.Add(await ValidateAsync(start, null, 0, cancellationToken).ConfigureAwait(false));
        for (var step = first; step < _options.Proposals; step++)
            yield return await StepAsync(step, components[step % components.Count], pool, cancellationToken).ConfigureAwait(false);
    }

    private async Task<PromptStep> StepAsync(int step, PromptComponent component, List<PromptCandidate> pool, CancellationToken cancellationToken)
    {
        var key = new SeedKey(_options.Seed, Stage, step);
        var parent = PromptFront.Draw(pool, (key with { Node = "candidate" }).ToRandom());
        var batch = Minibatch(key);
        var before = await EvaluateAsync(parent.Prompts, batch, key, cancellationToken).ConfigureAwait(false);
        var (outcome, text, after, added, proposal) = (PromptOutcome.Skipped, (string?)null, (IReadOnlyList<PromptTrial>)[], (PromptCandidate?)null, (Trajectory?)null);
        var best = Best(pool);
        if (_options.PerfectScore is not { } perfect || before.Any(t => t.Score < perfect))
        {
            PromptExample[] examples = [.. before.OrderBy(t => t.Score).SelectMany(t => _adapter.Reflect(component, [t])).Take(_options.MaxExamples)];
            if (examples.Length > 0)
            {
                (text, proposal) = await _proposer.ProposeAsync(component, parent.Prompts[component], examples, key with { Node = "proposal" }, cancellationToken).ConfigureAwait(false);
                var proposed = text is null ? null : parent.Prompts.With(component, text);
                if (proposed is null || pool.Exists(c => c.Prompts.Version == proposed.Version)) outcome = PromptOutcome.NothingNew;
                else
                {
                    after = await EvaluateAsync(proposed, batch, key, cancellationToken).ConfigureAwait(false);
                    outcome = PromptOutcome.NotBetter;
                    if (Mean(after) > Mean(before))
                    {
                        added = await ValidateAsync(proposed, parent.Index, pool.Count, cancellationToken).ConfigureAwait(false);
                        pool.Add(added);
                        outcome = added.Mean > best.Mean ? PromptOutcome.Committed : PromptOutcome.Added;
                    }
                }
            }
        }

        return new()
        {
            Step = step, Outcome = outcome, Component = component, Parent = parent, Text = text, Before = Mean(before), After = after.Count == 0 ? null : Mean(after), Added = added, Committed = Best(pool),
            Proposal = proposal, Trajectories = [.. before.Concat(after).Select(t => t.Trajectory)], State = Write(step + 1, pool),
        };
    }

    // Whole passes over the tasks, each shuffled by its own number.
    private string[] Minibatch(SeedKey key)
    {
        var size = Math.Min(_options.MinibatchSize, _options.Tasks.Count);
        return [.. Enumerable.Range(0, size).Select(i =>
        {
            var at = ((long)key.Step * size) + i;
            string[] shuffled = [.. _options.Tasks];
            (key with { Step = (int)(at / shuffled.Length), Node = "order" }).ToRandom().Shuffle(shuffled);
            return shuffled[at % shuffled.Length];
        }).Distinct(StringComparer.Ordinal)];
    }

    private async Task<PromptCandidate> ValidateAsync(PromptSet prompts, int? parent, int index, CancellationToken cancellationToken)
    {
        // One key for all candidates, so that they are compared on the same draws.
        var trials = await EvaluateAsync(prompts, _options.Validation, new(_options.Seed, Stage + "-validation"), cancellationToken).ConfigureAwait(false);
        return new(index, prompts, parent, [.. trials.Select(t => t.Score)]);
    }

    private async Task<IReadOnlyList<PromptTrial>> EvaluateAsync(PromptSet prompts, IReadOnlyList<string> tasks, SeedKey key, CancellationToken cancellationToken)
    {
        var trials = await _adapter.EvaluateAsync(prompts, tasks, key, cancellationToken).ConfigureAwait(false);
        if (!trials.Select(t => t.TaskId).SequenceEqual(tasks, StringComparer.Ordinal))
            throw new AgentTeamsException($"The adapter was asked for the tasks {string.Join(", ", tasks)} and gave {string.Join(", ", trials.Select(t => t.TaskId))}. Return one trial for each task, in their order.");
        if (trials.FirstOrDefault(t => !double.IsFinite(t.Score)) is { } odd)
            throw new AgentTeamsException($"The score of the task '{odd.TaskId}' is {odd.Score}. Give finite scores.");
        return trials;
    }

    private static double Mean(IReadOnlyList<PromptTrial> trials) => Moments.Sum([.. trials.Select(t => t.Score)]) / trials.Count;

    private static PromptCandidate Best(List<PromptCandidate> pool) => pool.MaxBy(c => (c.Mean, -c.Index))!;

    private JsonElement Write(int next, List<PromptCandidate> pool) => JsonSerializer.SerializeToElement(new SavedEvolution(next, _options.Seed, [.. _options.Validation],
        [.. pool.Select(c => new SavedCandidate(c.Prompts.Write(), c.Parent, c.Scores))]), TrajectoryJson.Options);

    private (int Next, List<PromptCandidate> Pool) Read(JsonElement state)
    {
        SavedEvolution saved;
        try
        {
            saved = state.Deserialize<SavedEvolution>(TrajectoryJson.Options) ?? throw new JsonException("it is null");
            if (saved.Seed != _options.Seed || !saved.Validation.SequenceEqual(_options.Validation, StringComparer.Ordinal))
                throw new AgentTeamsException("The state is that of an evolution with another seed or other validation tasks, whose scores mean nothing here. Give the same, or begin anew.");
            return (saved.Next, [.. saved.Pool.Select((c, i) => new PromptCandidate(i, PromptSet.Read(c.Prompts), c.Parent, c.Scores))]);
        }
        catch (JsonException e)
        {
            throw new AgentTeamsException($"The state of the evolution could not be read: {e.Message} Give the State of its last PromptStep.", e);
        }
    }

    private sealed record SavedEvolution(int Next, long Seed, ImmutableArray<string> Validation, ImmutableArray<SavedCandidate> Pool);

    private sealed record SavedCandidate(PromptSet.Written Prompts, int? Parent, ImmutableArray<double> Scores);
}
