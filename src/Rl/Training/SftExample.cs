using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace AgentTeams.Rl;

/// <summary>
/// What a role should say when it is asked something. The template of the role's own model makes ids of it, and only what the role says is learned.
/// </summary>
/// <example>
/// <code>
/// SftExample[] examples = [new("coder", "6 apples and 2 more: add", "+"), new("coder", "6 pens, 2 lost: subtract", "-")];
/// </code>
/// </example>
public sealed record SftExample
{
    /// <summary>An example of what a node of a workflow would ask.</summary>
    /// <param name="role">The role's name.</param>
    /// <param name="prompt">What the role is asked, as a node's prompt gives it; the role's instructions come before it by themselves.</param>
    /// <param name="reply">What it should say.</param>
    public SftExample(string role, Prompt prompt, string reply)
    {
        ArgumentException.ThrowIfNullOrEmpty(role);
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(reply);
        (Role, Messages, Reply) = (role, prompt.Messages, reply);
    }

    /// <summary>The role's name.</summary>
    public string Role { get; }

    /// <summary>What the role is asked. Where the first message is a system message it stands for the role's instructions.</summary>
    public IReadOnlyList<ChatMessage> Messages { get; }

    /// <summary>What it should say.</summary>
    public string Reply { get; }

    /// <summary>The weight of the reply's tokens in the loss.</summary>
    /// <value>Above 0; 1 by default.</value>
    public float Weight { get; init; } = 1;

    /// <summary>The ids that <see cref="SampledBy"/> read and wrote, which are taken as they are where that model learns from them; null for none.</summary>
    public TokenizedReply? Tokens { get; init; }

    /// <summary>The id of the model that said it; null where nobody knows.</summary>
    public string? SampledBy { get; init; }

    /// <summary>The example as a line of chat-format JSONL, as <see cref="WriteAsync"/> writes it.</summary>
    public string ToLine() => SftLine.Write(this);

    /// <summary>What roles said in recorded runs, from any model: for models that sampled it, the very ids.</summary>
    /// <param name="trajectories">The runs, filtered as they should be learned from.</param>
    /// <param name="roles">The roles to learn; all unless given.</param>
    public static IEnumerable<SftExample> From(IEnumerable<Trajectory> trajectories, params IReadOnlyList<string> roles)
    {
        ArgumentNullException.ThrowIfNull(trajectories);
        return
            from trajectory in trajectories
            from i in Invocations.Of(trajectory)
            let node = trajectory.Nodes[i]
            where node is { Error: null, Role: not null } && node.Text.Length > 0 && (roles.Count == 0 || roles.Contains(node.Role))
            select Of(node);
    }

    /// <summary>
    /// The same as an example of another role, for example of the one role that is to do what a whole team did, or of a peer. What was asked stays as it was, instructions included.
    /// </summary>
    /// <param name="role">The role that is to learn it.</param>
    public SftExample As(string role) => new(role, Prompt.From([.. Messages]), Reply) { Weight = Weight, Tokens = Tokens, SampledBy = SampledBy };

    /// <summary>What a teacher answers to the questions of examples, in their order; those that it answers with nothing are left out.</summary>
    /// <param name="asked">The questions, for example of recorded runs; their replies are not read.</param>
    /// <param name="teacher">The teacher, any chat client.</param>
    /// <param name="key">Decides the seeds of its replies, each with its number as sample.</param>
    /// <param name="options">Temperature, longest reply and the like; null for the client's own.</param>
    /// <param name="maxConcurrency">How many questions are asked at once; at least 1, 16 by default.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    public static async Task<IReadOnlyList<SftExample>> RelabelAsync(IEnumerable<SftExample> asked, IChatClient teacher, SeedKey key, ChatOptions? options = null, int maxConcurrency = 16,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(asked);
        ArgumentNullException.ThrowIfNull(teacher);
        ArgumentNullException.ThrowIfNull(key);
        SftExample[] questions = [.. asked];
        var answers = new SftExample?[questions.Length];
        await Parallel.ForAsync(0, questions.Length, new ParallelOptions { MaxDegreeOfParallelism = maxConcurrency, CancellationToken = cancellationToken }, async (i, token) =>
        {
            var own = options?.Clone() ?? new();
            own.Seed = (key with { Sample = i }).ToSeed();
            var reply = await teacher.GetResponseAsync(questions[i].Messages, own, token).ConfigureAwait(false);
            if (reply.Text.Length == 0) return;
            var trace = TokenTrace.Of(reply);
            answers[i] = new(questions[i].Role, Prompt.From([.. questions[i].Messages]), reply.Text)
            {
                Weight = questions[i].Weight, Tokens = TokensOf(trace), SampledBy = trace?.Policy.Model,
            };
        }).ConfigureAwait(false);
        return [.. answers.OfType<SftExample>()];
    }

    /// <summary>What a recorded call said.</summary>
    internal static SftExample Of(TrajectoryNode node) => new(node.Role!, Prompt.From([.. node.Input]), node.Text) { Tokens = TokensOf(node.Tokens), SampledBy = node.Tokens?.Policy.Model };

    private static TokenizedReply? TokensOf(TokenTrace? trace) => trace is { CompletionIds.Length: > 0 } ? new(trace.PromptIds, trace.CompletionIds) : null;

    /// <summary>Reads chat-format JSONL, as <see cref="WriteAsync"/> and the export of trajectories write it: a line has messages, the last of which is the reply, and the role as <c>agent</c>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="AgentTeamsException">A line is no such example; it is named.</exception>
    public static async IAsyncEnumerable<SftExample> ReadAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        var number = 0;
        await foreach (var line in File.ReadLinesAsync(path, cancellationToken).ConfigureAwait(false))
        {
            number++;
            if (line.Length > 0) yield return SftLine.Read(line, $"line {number} of '{path}'");
        }
    }

    /// <summary>Writes examples as chat-format JSONL; a reader sees the whole file or none.</summary>
    public static async Task WriteAsync(string path, IEnumerable<SftExample> examples, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(examples);
        var temporary = path + ".tmp";
        await File.WriteAllLinesAsync(temporary, examples.Select(e => e.ToLine()), cancellationToken).ConfigureAwait(false);
        File.Move(temporary, path, overwrite: true);
    }
}
