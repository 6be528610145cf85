using System.Collections.Immutable;

namespace AgentTeams.Storage;

/// <summary>What each step may have used: the latest steps that had ended when it began. Spans do not tell whose results were read.</summary>
internal sealed class SpanOrder
{
    private readonly List<(string Id, DateTimeOffset End, HashSet<string> Before)> _steps = [];

    /// <summary>The parents of the next step; steps come in the order of their beginnings.</summary>
    public ImmutableArray<string> Next(string id, OtlpSpan span)
    {
        var ended = _steps.FindAll(s => s.End <= span.Start);
        var before = ended.SelectMany(s => s.Before).ToHashSet(StringComparer.Ordinal);
        ImmutableArray<string> parents = [.. ended.Select(s => s.Id).Where(s => !before.Contains(s))];
        before.UnionWith(ended.Select(s => s.Id));
        _steps.Add((id, span.End, before));
        return parents;
    }
}
