using System.Globalization;
using System.Text.Json;

namespace AgentTeams.Storage;

/// <summary>Writes trajectories in forms that other tools read.</summary>
public static class TrajectoryExport
{
    private static readonly string[] Columns =
    [
        "trajectory", "workflow", "task", "group", "sample", "status", "node", "role", "policy", "turn", "step", "branch",
        "input_tokens", "output_tokens", "duration_ms", "error", "return",
    ];

    /// <summary>
    /// Supervised fine-tuning data in the chat format: for each call of a role with a reply one line
    /// <c>{"messages":[{"role":..,"content":..},..],"agent":..,"trajectory":..,"node":..}</c>, the reply last. Tool calls and
    /// tool results are written as in the OpenAI chat format.
    /// </summary>
    /// <param name="trajectories">What to write.</param>
    /// <param name="writer">Where to; it is neither flushed nor closed.</param>
    /// <param name="select">Which calls to write; null, the default, for all.</param>
    /// <param name="cancellationToken">Ends the writing between two lines.</param>
    /// <returns>How many lines were written.</returns>
    public static async Task<int> WriteChatAsync(
        IAsyncEnumerable<Trajectory> trajectories, TextWriter writer, Func<Trajectory, TrajectoryNode, bool>? select = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(writer);
        var lines = 0;
        await foreach (var trajectory in trajectories.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            foreach (var node in trajectory.Nodes
                .Where(n => n.Kind == NodeKind.Role && !n.Inherited && !n.Discarded && !n.Output.IsEmpty && (select?.Invoke(trajectory, n) ?? true)))
            {
                var example = new
                {
                    messages = node.Input.Concat(node.Output).SelectMany(ChatExport.Messages), agent = node.Role, trajectory = trajectory.Id, node = node.Id
                };
                await writer.WriteAsync($"{JsonSerializer.Serialize(example, ChatExport.Options)}\n".AsMemory(), cancellationToken).ConfigureAwait(false);
                lines++;
            }
        }

        return lines;
    }

    /// <summary>
    /// A flat table in CSV (RFC 4180, a header, '.' as decimal point) with one row for each call of a role, the return empty where it earns none:
    /// <c>trajectory, workflow, task,
    /// group, sample, status, node, role, policy, turn, step, branch, input_tokens, output_tokens, duration_ms, error, return</c>.
    /// </summary>
    /// <param name="trajectories">What to write.</param>
    /// <param name="writer">Where to; it is neither flushed nor closed.</param>
    /// <param name="returns">
    /// What fills the column <c>return</c>: of a trajectory, the return of each call that earns one, by node id, for example from a credit
    /// assigner of AgentTeams.Rl. Null, the default, leaves the column empty.
    /// </param>
    /// <param name="cancellationToken">Ends the writing between two rows.</param>
    /// <returns>How many rows were written, the header not counted.</returns>
    public static async Task<int> WriteCsvAsync(
        IAsyncEnumerable<Trajectory> trajectories, TextWriter writer, Func<Trajectory, IEnumerable<KeyValuePair<string, double>>>? returns = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(writer);
        var rows = 0;
        await WriteRowAsync(writer, Columns, cancellationToken).ConfigureAwait(false);
        await foreach (var trajectory in trajectories.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            var earned = new Dictionary<string, double>(returns?.Invoke(trajectory) ?? [], StringComparer.Ordinal);
            foreach (var n in trajectory.Nodes.Where(n => n.Kind == NodeKind.Role && !n.Inherited))
            {
                object? value = earned.TryGetValue(n.Id, out var found) ? found : null;
                object?[] row =
                [
                    trajectory.Id, trajectory.WorkflowName, trajectory.TaskId, trajectory.GroupId, trajectory.SampleIndex, trajectory.Status, n.Id, n.Role,
                    n.Policy, n.Turn, n.Step, n.Branch,
                    n.Usage?.InputTokens, n.Usage?.OutputTokens, n.Duration.TotalMilliseconds, n.Error?.Message, value,
                ];
                await WriteRowAsync(writer, row, cancellationToken).ConfigureAwait(false);
                rows++;
            }
        }

        return rows;
    }

    private static async Task WriteRowAsync(TextWriter writer, object?[] fields, CancellationToken cancellationToken) =>
        await writer.WriteAsync($"{string.Join(',', fields.Select(Quoted))}\r\n".AsMemory(), cancellationToken).ConfigureAwait(false);

    private static string Quoted(object? field)
    {
        var text = Convert.ToString(field, CultureInfo.InvariantCulture) ?? "";
        return text.AsSpan().IndexOfAny("\",\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
