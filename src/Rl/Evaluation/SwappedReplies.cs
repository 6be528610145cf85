using Microsoft.Extensions.AI;

namespace AgentTeams.Rl;

/// <summary>A role says, in its k-th call, what it said in the k-th call of another task's run.</summary>
internal sealed class SwappedReplies : WorkflowMiddleware
{
    private readonly AsyncLocal<Place?> _place = new();
    private readonly Dictionary<string, string[]> _replies;
    private readonly string _role;

    public SwappedReplies(string role, IReadOnlyList<Trajectory> whole)
    {
        _role = role;
        var said = whole.DistinctBy(t => t.TaskId)
            .Select(t => (t.TaskId, Replies: t.Nodes.Where(n => n.Role == role && n is { Kind: NodeKind.Role, Error: null, Discarded: false }).Select(n => n.Text).ToArray())).ToList();
        _replies = said.Select((own, i) => (own.TaskId, Other: Enumerable.Range(1, said.Count).Select(n => said[(i + n) % said.Count].Replies)
                .FirstOrDefault(r => r.Length > 0 && r[0] != own.Replies.FirstOrDefault(), own.Replies)))
            .ToDictionary(t => t.TaskId, t => t.Other, StringComparer.Ordinal);
    }

    public override Task RunAsync(RunInfo run, Func<CancellationToken, Task> next, CancellationToken cancellationToken)
    {
        _place.Value = new(run.Seed.Task);
        return next(cancellationToken);
    }

    public override Task<ChatResponse> AskAsync(ModelRequest call, Func<ModelRequest, CancellationToken, Task<ChatResponse>> next, CancellationToken cancellationToken)
    {
        if (call.Role.Name != _role || _place.Value is not { } place || !_replies.TryGetValue(place.Task, out var replies) || replies.Length == 0) return next(call, cancellationToken);
        // Another run may have been shorter: its last word stands for those that it did not say.
        var reply = replies[Math.Min(place.Next(), replies.Length - 1)];
        return Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, reply)));
    }

    private sealed class Place(string task)
    {
        private int _calls = -1;

        public string Task { get; } = task;

        public int Next() => Interlocked.Increment(ref _calls);
    }
}
