using Microsoft.Extensions.AI;

namespace AgentTeams.Collaboration;

/// <summary>
/// A window on what a role of <see cref="MemoryPolicy.Conversation"/> said and heard in its run, and a running summary of what is older. The record holds what was sent, so
/// a replay reads the same; the role itself goes on remembering all that <see cref="Role.MaxRememberedMessages"/> allows.
/// </summary>
/// <example><code>new WorkflowRunOptions { Middleware = [new ConversationMemory { MaxMessages = 12, Summariser = client }.ToMiddleware()] }</code></example>
public sealed record ConversationMemory : IChecked
{
    // No role's name holds a '/'.
    private const string SummaryRole = "/summary";

    /// <summary>The most messages that are sent besides instructions and summary. When there are more, about half of them go, so that prompts begin alike for a while.</summary>
    /// <value>At least 2; 20 by default. An exchange is not cut: a question goes with its answer and its tools.</value>
    public int MaxMessages { get; init; } = 20;

    /// <summary>
    /// Who sums up what goes. Each call is in the record before the call of the role that it is made for, as that of the role <c>ann/summary</c>, with model and tokens, and counts in the
    /// run's budget. A run asks for a summary once; when it is resumed or forked, it has those of its record.
    /// </summary>
    /// <value>Null, the default: what goes is forgotten.</value>
    public IChatClient? Summariser { get; init; }

    /// <summary>What the summariser is asked, from the summary so far, empty at first, and the messages that go.</summary>
    public Func<string, string, string> Prompt { get; init; } = (summary, messages) =>
        $"{(summary.Length == 0 ? "" : $"So far: {summary}\n\n")}{messages}\n\nSum up all of it in a few sentences, with every fact that may matter later.";

    /// <summary>The window and the summary around model calls.</summary>
    /// <exception cref="AgentTeamsException">An option is not valid.</exception>
    public WorkflowMiddleware ToMiddleware()
    {
        OptionChecks.Validate(this);
        return new Window(this);
    }

    /// <summary>Whether a record is a summariser's, who tells again what others said.</summary>
    internal static bool IsSummary(TrajectoryNode node) => node.Role?.EndsWith(SummaryRole, StringComparison.Ordinal) == true;

    void IChecked.Check(OptionChecks checks) => checks.AtLeast(2, MaxMessages).RequireThat(Prompt is not null, "Prompt is null; give a function.");

    private sealed class Window(ConversationMemory options) : WorkflowMiddleware
    {
        public override async Task<ChatResponse> AskAsync(ModelRequest call, Func<ModelRequest, CancellationToken, Task<ChatResponse>> next, CancellationToken cancellationToken)
        {
            ArgumentNullException.ThrowIfNull(call);
            ArgumentNullException.ThrowIfNull(next);
            var first = call.Messages.TakeWhile(m => m.Role == ChatRole.System).Count();
            var said = call.Messages.Skip(first).ToList();
            var ends = EndsOf(said);
            if (ends.Count == 0) return await next(call, cancellationToken).ConfigureAwait(false);
            var summary = "";
            for (var i = 0; i < ends.Count && options.Summariser is not null; i++)
                summary = await SumUpAsync(call, summary, said[(i == 0 ? 0 : ends[i - 1])..ends[i]], cancellationToken).ConfigureAwait(false);
            ChatMessage[] told = summary.Length == 0 ? [] : [new(ChatRole.System, $"Earlier in this conversation: {summary}")];
            return await next(call with { Messages = [.. call.Messages.Take(first), .. told, .. said[ends[^1]..]] }, cancellationToken).ConfigureAwait(false);
        }

        // Where parts end that are summed up one after another: always the same places, however long the conversation became since.
        private List<int> EndsOf(List<ChatMessage> said)
        {
            var (ends, part, newest) = (new List<int>(), options.MaxMessages / 2, said.FindLastIndex(m => m.Role == ChatRole.User));
            for (var end = 0; said.Count - end > options.MaxMessages;)
            {
                end = said.FindIndex(end + part, m => m.Role == ChatRole.User);
                if (end < 0 || end > newest) break;
                ends.Add(end);
            }

            return ends;
        }

        private Task<string> SumUpAsync(ModelRequest call, string summary, List<ChatMessage> messages, CancellationToken cancellationToken) => call.Asides.AskAsync(
            call.Role.Name + SummaryRole, options.Summariser!, options.Prompt(summary, string.Join('\n', messages.Select(m => $"[{m.Role.Value}] {m.Text}"))), cancellationToken);
    }
}
