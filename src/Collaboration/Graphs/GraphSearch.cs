using System.Runtime.CompilerServices;

namespace AgentTeams.Collaboration;

/// <summary>How graphs are searched.</summary>
public sealed record GraphSearchOptions : IChecked
{
    /// <summary>How many graphs are tried, besides the first.</summary>
    /// <value>At least 0; 20 by default.</value>
    public int Trials { get; init; } = 20;

    /// <summary>Proposes changes of a graph; <see cref="GraphMutations.Of"/> by default. With a <see cref="GraphDesigner"/> in it a model proposes them.</summary>
    public Func<GraphDefinition, SeedKey, CancellationToken, Task<IReadOnlyList<GraphMutation>>> Propose { get; init; } = (graph, _, _) => Task.FromResult(GraphMutations.Of(graph));

    /// <summary>The seed of all draws.</summary>
    /// <value>0 by default.</value>
    public long Seed { get; init; }

    void IChecked.Check(OptionChecks checks) => checks.AtLeast(0, Trials).RequireThat(Propose is not null, "Propose is null; leave it out for the usual changes.");
}

/// <summary>A graph that was tried.</summary>
/// <param name="Trial">Its number, from 0: the graph that the search began with.</param>
/// <param name="Change">What was changed; empty for the first.</param>
/// <param name="Graph">The graph.</param>
/// <param name="Score">Its score; null where it could not be built or run.</param>
/// <param name="Error">Why not; null where it could.</param>
/// <param name="Best">The best graph so far, and its score.</param>
public sealed record GraphTrial(int Trial, string Change, GraphDefinition Graph, double? Score, string? Error, ScoredGraph Best);

/// <summary>A graph with its score.</summary>
/// <param name="Graph">The graph.</param>
/// <param name="Score">Its score; more is better.</param>
public sealed record ScoredGraph(GraphDefinition Graph, double Score);

/// <summary>
/// Searches for a better graph by changes, drawn from those that were not tried: in turn of the best so far, and of a graph from which the search goes on wherever a change of it scores no lower, so that it gets across changes which do not
/// matter by themselves. The best is replaced only by what scores higher. A search with the same seed and scores makes the same trials.
/// </summary>
public sealed class GraphSearch
{
    private readonly Func<GraphDefinition, CancellationToken, Task<double>> _score;
    private readonly GraphSearchOptions _options;

    /// <summary>Creates a search.</summary>
    /// <param name="score">Runs a graph and says how good it is, for example its success on tasks less what its calls cost; finite. It is given graphs that hold together, but whose tools may be missing; what it throws as an <see cref="AgentTeamsException"/> is told as that trial's error.</param>
    /// <param name="options">How many are tried, and which.</param>
    public GraphSearch(Func<GraphDefinition, CancellationToken, Task<double>> score, GraphSearchOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(score);
        _options = options ?? new();
        OptionChecks.Validate(_options);
        _score = score;
    }

    /// <summary>Tries graphs, the given one first.</summary>
    /// <param name="start">The graph to begin with, which must be one that can be scored.</param>
    /// <param name="cancellationToken">Ends the search; trials that were told are done.</param>
    /// <exception cref="AgentTeamsException">The first graph could not be scored, or a score is not finite.</exception>
    public async IAsyncEnumerable<GraphTrial> RunAsync(GraphDefinition start, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(start);
        var best = new ScoredGraph(start, Finite(await _score(start, cancellationToken).ConfigureAwait(false), start));
        var current = best;
        var tried = new HashSet<GraphDefinition> { start };
        yield return new(0, "", start, best.Score, null, best);
        for (var trial = 1; trial <= _options.Trials; trial++)
        {
            var key = new SeedKey(_options.Seed, "graphs", trial);
            var (first, second) = trial % 2 == 1 ? (best, current) : (current, best);
            var left = await NewOnesAsync(first, tried, key, cancellationToken).ConfigureAwait(false);
            if (left.Length == 0 && first != second) left = await NewOnesAsync(second, tried, key, cancellationToken).ConfigureAwait(false);
            // Both are the best of their neighbours.
            if (left.Length == 0) yield break;
            var drawn = left[key.ToRandom().Next(left.Length)];
            tried.Add(drawn.Graph);
            var (score, error) = await TryAsync(drawn.Graph, cancellationToken).ConfigureAwait(false);
            if (score >= current.Score) current = new(drawn.Graph, score.Value);
            if (score > best.Score) best = current;
            yield return new(trial, drawn.Change, drawn.Graph, score, error, best);
        }
    }

    private async Task<GraphMutation[]> NewOnesAsync(ScoredGraph of, HashSet<GraphDefinition> tried, SeedKey key, CancellationToken cancellationToken) =>
        [.. (await _options.Propose(of.Graph, key, cancellationToken).ConfigureAwait(false)).Where(p => !tried.Contains(p.Graph))];

    private async Task<(double? Score, string? Error)> TryAsync(GraphDefinition graph, CancellationToken cancellationToken)
    {
        try
        {
            return (Finite(await _score(graph, cancellationToken).ConfigureAwait(false), graph), null);
        }
        catch (AgentTeamsException e)
        {
            return (null, e.Message);
        }
    }

    private static double Finite(double score, GraphDefinition graph) =>
        double.IsFinite(score) ? score : throw new AgentTeamsException($"The score of the graph '{graph.Name}' is {score}. Give a finite one.");
}
