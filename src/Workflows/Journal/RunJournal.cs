using System.Text.Json;

namespace AgentTeams.Workflows;

/// <summary>What a run did, in memory and where a store keeps it: a new run has done nothing, a resumed one finds here what it need not do again.</summary>
internal sealed class RunJournal
{
    private readonly Lock _gate = new();
    private readonly List<JournalItem> _items = [];
    private readonly Dictionary<VisitPath, VisitCommit>? _visits;
    private readonly Dictionary<VisitPath, List<CallCommit>>? _calls;
    private readonly Dictionary<VisitPath, AnswerGiven>? _answers;
    private readonly Dictionary<VisitPath, List<StateEdit>>? _edits;
    private readonly HashSet<VisitPath> _asked = [];
    private readonly HashSet<VisitPath>? _unvisited;
    private readonly HashSet<VisitPath> _reached = [];
    private readonly JournalWriter? _writer;

    public RunJournal(IEnumerable<JournalItem> recorded, JournalWriter? writer)
    {
        _writer = writer;
        foreach (var item in recorded)
        {
            _items.Add(item);
            _reached.UnionWith(item.Path.VisitsAround());
            switch (item)
            {
                case VisitCommit visit:
                    (_visits ??= [])[visit.Path] = visit;
                    _asked.RemoveWhere(p => p.VisitsAround().Contains(visit.Path));
                    break;
                case CallCommit call:
                    _calls ??= [];
                    if (!_calls.TryGetValue(call.Path, out var calls)) _calls[call.Path] = calls = [];
                    Insert(calls, call);
                    break;
                case AnswerGiven answer:
                    (_answers ??= [])[answer.Path] = answer;
                    break;
                case StateEdit edit:
                    _edits ??= [];
                    if (!_edits.TryGetValue(edit.Path, out var edits)) _edits[edit.Path] = edits = [];
                    edits.Add(edit);
                    break;
                case RequestMade request:
                    _asked.Add(request.Path);
                    break;
            }
        }

        _unvisited = _visits?.Keys.Where(p => p.Length == 1).ToHashSet();
    }

    /// <summary>Whether a store keeps it.</summary>
    public bool IsDurable => _writer is not null;

    /// <summary>How many items there are; those of a moment never change.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _items.Count;
        }
    }

    public VisitCommit? Find(VisitPath path)
    {
        if (_visits is null || !_visits.TryGetValue(path, out var visit)) return null;
        lock (_gate) _unvisited?.Remove(path);
        return visit;
    }

    /// <summary>Whether the run had come to a visit, or to something inside of it.</summary>
    public bool Reached(VisitPath path) => _reached.Contains(path);

    /// <summary>A visit of the workflow itself that the journal has and the run did not come to.</summary>
    public VisitCommit? FirstUnvisited() => _unvisited is { Count: > 0 } ? _visits![_unvisited.Min()] : null;

    /// <summary>The calls that were made before, each with the model that a reply named where its visit or call holds one.</summary>
    public IEnumerable<(TrajectoryNode Node, string? Model)> Recorded() =>
        (_visits?.Values.SelectMany(v => v.Records.Select(n => (n, RecordedReply.ModelOf(v.Result)))) ?? [])
            .Concat(_calls?.Values.SelectMany(c => c).SelectMany(c => c.Records.Select(n => (n, RecordedReply.ModelOf(c.Reply)))) ?? [])
            .Where(r => !r.n.Inherited);

    public CallCommit? FindCall(VisitPath path, string call) => CallsOf(path).FirstOrDefault(c => c.Call == call);

    public IReadOnlyList<CallCommit> CallsOf(VisitPath path) => _calls is not null && _calls.TryGetValue(path, out var calls) ? calls : [];

    public JsonElement? AnswerTo(VisitPath path) => _answers is not null && _answers.TryGetValue(path, out var answer) ? answer.Answer : null;

    /// <summary>The edits after a visit, in order: a fork of a fork may have been edited there again.</summary>
    public IReadOnlyList<StateEdit> EditsAfter(VisitPath path) => _edits is not null && _edits.TryGetValue(path, out var edits) ? edits : [];

    /// <summary>Appends a request unless the journal has it from an earlier time.</summary>
    public ValueTask AskAsync(HumanRequest request)
    {
        lock (_gate)
        {
            if (!_asked.Add(request.Path)) return default;
        }

        return AppendAsync(new RequestMade(request.Path, request));
    }

    // Tools that ran at once are journaled as they ended, and told in the order in which they were asked for.
    private static void Insert(List<CallCommit> calls, CallCommit call)
    {
        var at = calls.Count;
        if (call.ToolNumber is { } number)
        {
            while (at > 0 && calls[at - 1].ToolNumber > number) at--;
        }

        calls.Insert(at, call);
    }

    /// <summary>Appends an item; when the task has completed, a store has it.</summary>
    public ValueTask AppendAsync(JournalItem item)
    {
        lock (_gate) _items.Add(item);
        return _writer is null ? default : _writer.AppendAsync(item);
    }

    /// <summary>The items so far.</summary>
    public JournalItem[] Snapshot()
    {
        lock (_gate) return [.. _items];
    }
}
