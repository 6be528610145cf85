namespace AgentTeams.Storage;

/// <summary>
/// Reads what this and other programs recorded as trajectories. Files are only read. Ids follow from what is read, so that importing a file again adds nothing.
/// A line that cannot be read is told of with its number, and skipped or refused (<see cref="ImportOptions.RefuseDamaged"/>).
/// </summary>
/// <example>
/// <code>
/// ImportCount count = await store.ImportAsync(TraceImport.ReadChatLogAsync("log.jsonl", new() { OnDamaged = Console.WriteLine }));
/// </code>
/// </example>
public static class TraceImport
{
    private const int Batch = 64;

    /// <summary>Reads lines of <see cref="JsonlTrajectoryStore"/>, with the newest rewards of each. Lines without a checksum are read as they are.</summary>
    /// <param name="path">The file; another process may be writing it.</param>
    /// <param name="options">What happens with damaged lines.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="AgentTeamsException">The file cannot be read, or a line is refused.</exception>
    public static IAsyncEnumerable<Trajectory> ReadTrajectoriesAsync(string path, ImportOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return TrajectoryLines.ReadAsync(path, options ?? new(), cancellationToken);
    }

    /// <summary>
    /// Reads chat logs: lines <c>{"messages": [{"role", "content"}, ..]}</c> in the OpenAI form, tool calls and results included, each of which is a trajectory
    /// with a node for each message of the assistant. A line may have <c>id</c>, <c>role_name</c> (or <c>agent</c>), <c>task</c>, <c>outcome</c> and
    /// <c>rewards</c>: an object of values by name, or rewards as trajectories have them.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What happens with damaged lines, and the role of lines that name none.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="AgentTeamsException">The file cannot be read, or a line is refused.</exception>
    public static IAsyncEnumerable<Trajectory> ReadChatLogAsync(string path, ImportOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new();
        var log = new ChatLog(options);
        return new InputFile(path, options).ReadAsync(log.Read, cancellationToken);
    }

    /// <summary>
    /// Reads spans of the OpenTelemetry conventions for generative AI from a file in OTLP's JSON form, one export a line or one for all. A trace is a
    /// trajectory: its model calls (<c>chat</c>, <c>text_completion</c>, <c>generate_content</c>) are nodes of the agent around them, <c>execute_tool</c>
    /// spans are tool calls. Messages are read from <c>gen_ai.input.messages</c> and <c>gen_ai.output.messages</c>, or from events such as
    /// <c>gen_ai.user.message</c>. Spans of one trace may stand anywhere, so the file is read whole before the first trajectory.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What happens with damaged lines, and the role of calls outside of any agent.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="AgentTeamsException">The file cannot be read, or a line is refused.</exception>
    public static IAsyncEnumerable<Trajectory> ReadOpenTelemetryAsync(string path, ImportOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return OtlpFile.ReadAsync(path, options ?? new(), cancellationToken);
    }

    /// <summary>Stores what is read, many at a time. Where reading fails, what was read before is stored first.</summary>
    /// <param name="store">Where to.</param>
    /// <param name="trajectories">What, for example from <see cref="ReadChatLogAsync"/>.</param>
    /// <param name="cancellationToken">Ends the import behind the trajectories that were read.</param>
    public static async Task<ImportCount> ImportAsync(
        this ITrajectoryStore store, IAsyncEnumerable<Trajectory> trajectories, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(trajectories);
        var (batch, read, added) = (new List<Trajectory>(Batch), 0, 0);
        try
        {
            await foreach (var trajectory in trajectories.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                batch.Add(trajectory);
                read++;
                if (batch.Count == Batch) await StoreAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            await StoreAsync().ConfigureAwait(false);
        }

        return new(added, read - added);

        async Task StoreAsync()
        {
            Trajectory[] some = [.. batch];
            batch.Clear();
            if (some.Length > 0) added += await store.AppendAsync(some, CancellationToken.None).ConfigureAwait(false);
        }
    }
}

/// <summary>What an import came to.</summary>
/// <param name="Added">How many trajectories were stored.</param>
/// <param name="Known">How many were read whose ids were stored already.</param>
public sealed record ImportCount(int Added, int Known);
