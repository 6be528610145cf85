namespace AgentTeams.Workflows;

/// <summary>
/// Which requests of a run someone should answer. What is asked inside of a visit that has ended since is nobody's: a join went on without it, or something
/// beside it failed. Where that visit is made again, it asks again.
/// </summary>
internal sealed class OpenRequests
{
    private readonly Dictionary<VisitPath, (int At, HumanRequest Request)> _asked = [];
    private readonly Dictionary<VisitPath, int> _ended = [];
    private readonly HashSet<VisitPath> _answered = [];

    public OpenRequests(IReadOnlyList<JournalItem> items)
    {
        for (var i = 0; i < items.Count; i++)
        {
            switch (items[i])
            {
                case RequestMade made:
                    _asked[made.Path] = (i, made.Request);
                    break;
                case VisitCommit visit:
                    _ended[visit.Path] = i;
                    break;
                case AnswerGiven answer:
                    _answered.Add(answer.Path);
                    break;
            }
        }
    }

    /// <summary>Those that the journal holds and that nobody has answered, in the order of their paths.</summary>
    public IReadOnlyList<HumanRequest> Unanswered => [.. _asked.Values.Select(a => a.Request).Where(r => !_answered.Contains(r.Path) && IsOpen(r.Path)).OrderBy(r => r.Path)];

    /// <summary>Whether the visit that asks, or would ask, has not been left behind.</summary>
    public bool IsOpen(VisitPath path)
    {
        var asked = _asked.TryGetValue(path, out var made) ? made.At : -1;
        return path.VisitsAround().All(p => !_ended.TryGetValue(p, out var at) || at < asked);
    }
}
