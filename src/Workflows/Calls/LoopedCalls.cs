using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>The model calls that one question to a chat client came to: several where the client runs a tool-call loop of its own.</summary>
internal sealed class LoopedCalls(NodeVisit visit, string role, int attempt, int round)
{
    private Try? _last;

    /// <summary>The last call, or null if the client reports none.</summary>
    public ModelCall? Last => _last?.Calls is [.., var last] ? last : null;

    /// <summary>Whether the client reports no calls of its own, so that what it answers is the one call.</summary>
    public bool IsEmpty => _last is null || _last.Calls.Count == 0;

    public Task<ChatResponse> AskAsync(IChatClient client, IEnumerable<ChatMessage> input, ChatOptions options, CancellationToken cancellationToken)
    {
        // A retry starts over, with the same seeds; what an abandoned try still reports is not mixed in.
        _last = new Try(visit, attempt, round);
        _last.Enter();
        return visit.Run.StreamReplies ? StreamAsync(client, input, options, cancellationToken) : client.GetResponseAsync(input, options, cancellationToken);
    }

    private async Task<ChatResponse> StreamAsync(IChatClient client, IEnumerable<ChatMessage> input, ChatOptions options, CancellationToken cancellationToken)
    {
        var updates = new List<ChatResponseUpdate>();
        await foreach (var update in client.GetStreamingResponseAsync(input, options, cancellationToken).ConfigureAwait(false))
        {
            updates.Add(update);
            visit.Tell(new ReplyDelta(role, update));
        }

        return updates.ToChatResponse();
    }

    /// <summary>
    /// Records every call but the last, with the tools between; the last is what the response describes. Tries that failed before
    /// belong to the first of them. Returns the template of the last.
    /// </summary>
    public TrajectoryNode RecordEarlier(TrajectoryNode template, Func<FunctionCallContent, FunctionResultContent?, TrajectoryNode> describeTool)
    {
        if (_last?.Calls is not { } calls) return template;
        for (var i = 0; i < calls.Count - 1; i++)
        {
            var call = calls[i].Describe(template);
            visit.Run.Budget.Add(call);
            visit.HoldModelCall(call, usesTools: true);
            visit.Release();
            var tools = FunctionCalls.Answers([.. calls[i].FunctionCalls], calls[i + 1].Input).Select(t => describeTool(t.Call, t.Result)).ToList();
            foreach (var tool in tools) visit.Record(tool);
            if (tools.Count > 0) visit.Parents = [.. tools.Select(t => t.Id)];
            template = template with { Parents = visit.Parents, Tries = [] };
        }

        return template;
    }

    private sealed class Try(NodeVisit visit, int attempt, int round) : ModelCallScope
    {
        private readonly Lock _gate = new();
        private IReadOnlyList<ModelCall> _calls = [];
        private int _seeds;

        public IReadOnlyList<ModelCall> Calls => _calls;

        // Between a call that asks for tools and the next of its loop, which brings their results, only tools call models.
        public override bool Hears(IReadOnlyList<ChatMessage> input)
        {
            if (_calls.LastOrDefault(c => c.Response is not null) is not { } last || FunctionCalls.Of(last.Response!).Open is not { Count: > 0 } open) return true;
            var asked = last.Input[^1];
            return input.Any(m => ReferenceEquals(m, asked) || (m.Role == asked.Role && m.Text == asked.Text))
                && input.SelectMany(m => m.Contents).OfType<FunctionResultContent>().Any(r => open.Any(c => c.CallId == r.CallId));
        }

        public override TimeProvider TimeProvider => visit.Run.TimeProvider;

        // The client was given the seed of the first turn; a loop hands it to every turn.
        public override long NextSeed(long? given)
        {
            var own = visit.Seed(attempt, round + Interlocked.Increment(ref _seeds) - 1);
            return given is { } chosen && chosen != visit.Seed(attempt, round) ? chosen : own;
        }

        public override void Record(ModelCall call)
        {
            lock (_gate) _calls = [.. _calls, call];
        }
    }
}
