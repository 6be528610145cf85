using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace AgentTeams.Rl;

/// <summary>
/// A better and a worse way to answer: two replies of a role to the same question, or all that the roles of a team said in a better and in a worse run, which are then judged by their joint
/// margin. What preference losses learn from.
/// </summary>
/// <example>
/// <code>
/// PreferencePair[] pairs = [new("coder", "6 apples and 2 more: add", chosen: "+", rejected: "-")];
/// </code>
/// </example>
public sealed record PreferencePair
{
    /// <summary>Two replies of a role.</summary>
    /// <param name="role">The role's name.</param>
    /// <param name="prompt">What it was asked.</param>
    /// <param name="chosen">The better reply.</param>
    /// <param name="rejected">The worse one.</param>
    public PreferencePair(string role, Prompt prompt, string chosen, string rejected)
        : this([new SftExample(role, prompt, chosen)], [new SftExample(role, prompt, rejected)])
    {
    }

    /// <summary>A better and a worse side, each of any number of calls.</summary>
    /// <exception cref="AgentTeamsException">A side is empty.</exception>
    public PreferencePair(IEnumerable<SftExample> chosen, IEnumerable<SftExample> rejected)
    {
        ArgumentNullException.ThrowIfNull(chosen);
        ArgumentNullException.ThrowIfNull(rejected);
        (Chosen, Rejected) = ([.. chosen], [.. rejected]);
        if (Chosen.Count == 0 || Rejected.Count == 0) throw new AgentTeamsException("A preference pair has a side without a reply. Give at least one on each, or leave the pair out.");
    }

    /// <summary>The calls of the better side; at least one.</summary>
    public IReadOnlyList<SftExample> Chosen { get; }

    /// <summary>The calls of the worse side; at least one.</summary>
    public IReadOnlyList<SftExample> Rejected { get; }

    /// <summary>How much more the better side earned; for people and filters.</summary>
    /// <value>0 by default: not known.</value>
    public double Margin { get; init; }

    /// <summary>The id of the task that both sides worked on.</summary>
    /// <value>Empty by default.</value>
    public string Task { get; init; } = "";

    /// <summary>The pair as a line of JSONL, as <see cref="WriteAsync"/> writes it.</summary>
    public string ToLine() => PreferenceLine.Write(this);

    /// <summary>
    /// For each question that a role was asked more than once within a task, the best reply against the worst. What a reply is worth is the mean return of the runs in which it was given, forks
    /// that inherited it included; so in a tree a reply is worth what grew from it.
    /// </summary>
    /// <param name="runs">Runs with their rewards: groups, trees or stored runs.</param>
    /// <param name="minMargin">The least difference in worth; above 0, 1e-6 by default.</param>
    /// <param name="roles">The roles to compare; all unless given.</param>
    public static IEnumerable<PreferencePair> From(IEnumerable<Trajectory> runs, double minMargin = 1e-6, params IReadOnlyList<string> roles)
    {
        ArgumentNullException.ThrowIfNull(runs);
        foreach (var task in runs.Where(r => r.Status == TrajectoryStatus.Completed).GroupBy(r => r.TaskId, StringComparer.Ordinal))
        {
            var calls = task.SelectMany(r => r.Nodes.Where(n => n is { Kind: NodeKind.Role, Error: null, Role: not null, Discarded: false } && (roles.Count == 0 || roles.Contains(n.Role)))
                .Select(n => (Node: n, Return: Totals.Of(r))));
            foreach (var question in calls.GroupBy(c => (c.Node.Role, QuestionOf(c.Node.Input))))
            {
                var replies = question.GroupBy(c => c.Node.Text, StringComparer.Ordinal).Where(r => r.Key.Length > 0).Select(r => (r.First().Node, Worth: r.Average(c => c.Return))).ToList();
                if (replies.Count < 2) continue;
                var (best, worst) = (replies.MaxBy(r => r.Worth), replies.MinBy(r => r.Worth));
                if (best.Worth - worst.Worth >= minMargin)
                    yield return new([SftExample.Of(best.Node)], [SftExample.Of(worst.Node)]) { Margin = best.Worth - worst.Worth, Task = task.Key };
            }
        }
    }

    /// <summary>For each task, all calls of its best run against those of its worst: what a team learns from by its joint margin. Calls that both runs share say nothing and are left out.</summary>
    /// <param name="runs">Runs with their rewards.</param>
    /// <param name="minMargin">The least difference of the returns; above 0, 1e-6 by default.</param>
    public static IEnumerable<PreferencePair> OfTeams(IEnumerable<Trajectory> runs, double minMargin = 1e-6)
    {
        ArgumentNullException.ThrowIfNull(runs);
        foreach (var task in runs.Where(r => r.Status == TrajectoryStatus.Completed).GroupBy(r => r.TaskId, StringComparer.Ordinal))
        {
            var (best, worst) = (task.MaxBy(Totals.Of)!, task.MinBy(Totals.Of)!);
            var margin = Totals.Of(best) - Totals.Of(worst);
            if (margin < minMargin) continue;
            var (chosen, rejected) = (CallsOf(best), CallsOf(worst));
            if (chosen.Keys.Except(rejected.Keys).Any() && rejected.Keys.Except(chosen.Keys).Any())
                yield return new(chosen.Where(c => !rejected.ContainsKey(c.Key)).Select(c => c.Value), rejected.Where(c => !chosen.ContainsKey(c.Key)).Select(c => c.Value)) { Margin = margin, Task = task.Key };
        }
    }

    /// <summary>Reads what <see cref="WriteAsync"/> wrote, or other trainers' lines of the form <c>{"agent", "prompt", "chosen", "rejected"}</c> with messages in chat format.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="AgentTeamsException">A line is no such pair; it is named.</exception>
    public static async IAsyncEnumerable<PreferencePair> ReadAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        var number = 0;
        await foreach (var line in File.ReadLinesAsync(path, cancellationToken).ConfigureAwait(false))
        {
            number++;
            if (line.Length > 0) yield return PreferenceLine.Read(line, $"line {number} of '{path}'");
        }
    }

    /// <summary>Writes pairs as JSONL; a reader sees the whole file or none.</summary>
    public static async Task WriteAsync(string path, IEnumerable<PreferencePair> pairs, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(pairs);
        var temporary = path + ".tmp";
        await File.WriteAllLinesAsync(temporary, pairs.Select(p => p.ToLine()), cancellationToken).ConfigureAwait(false);
        File.Move(temporary, path, overwrite: true);
    }

    internal static string QuestionOf(IEnumerable<ChatMessage> messages) => string.Join('\n', messages.Select(m => $"{m.Role}:{m.Text}"));

    // The same call twice in a run is two calls, so the number of times it was made is part of its key.
    private static Dictionary<(string Role, string Asked, string Reply, int Time), SftExample> CallsOf(Trajectory run)
    {
        var calls = new Dictionary<(string, string, string, int), SftExample>();
        foreach (var node in run.Nodes.Where(n => n is { Kind: NodeKind.Role, Error: null, Role: not null, Discarded: false } && n.Text.Length > 0))
        {
            var time = 0;
            while (!calls.TryAdd((node.Role!, QuestionOf(node.Input), node.Text, time), SftExample.Of(node))) time++;
        }

        return calls;
    }
}
