using System.Collections.Immutable;

namespace AgentTeams.Workflows;

/// <summary>Branches on their way to a join: who counts is decided in the order in which they end, or was decided before and stands in the journal.</summary>
internal sealed class BranchRace<TState>
{
    private readonly Lock _gate = new();
    private readonly Join _join;
    private readonly ImmutableArray<int>? _known;
    private readonly CancellationTokenSource _losers;
    private readonly List<int> _completed = [];
    private readonly int _needed;
    private int _open;
    private int _waiting;
    private bool _isCancelled;
    private (int Branch, Exception Error)? _failure;

    public BranchRace(Join join, bool[] taken, ImmutableArray<int>? known, CancellationTokenSource losers)
    {
        (_join, _known, _losers) = (join, known, losers);
        _open = taken.Count(t => t);
        _needed = join.Kind is JoinKind.All or JoinKind.Taken ? _open : join.Count;
        Scopes = new Scope?[taken.Length];
        Updates = [.. taken.Select(_ => new List<StateUpdate<TState>>())];
    }

    public Scope?[] Scopes { get; }

    public List<StateUpdate<TState>>[] Updates { get; }

    /// <summary>The branches that count, in the order in which they ended.</summary>
    public ImmutableArray<int> Winners { get; private set; } = [];

    public EndKind Kind { get; private set; }

    public Exception? Failure { get; private set; }

    public void EnsureCanFire(string node)
    {
        if (_open < _needed) throw new AgentTeamsException($"The join of the node '{node}' waits for {_needed} branches, and {_open} were taken. Use Join.Taken, or loosen the conditions.");
    }

    public void Ended(int branch, ScopeEnd<TState> end)
    {
        var isDecided = false;
        lock (_gate)
        {
            _open--;
            switch (end.Kind)
            {
                case EndKind.Completed:
                    _completed.Add(branch);
                    isDecided = _completed.Count == _needed && _open > 0;
                    break;
                case EndKind.Waiting:
                    _waiting++;
                    break;
                case EndKind.Cancelled:
                    _isCancelled = true;
                    break;
                case EndKind.Failed:
                    // The first to fail is the cause; what it takes down with it is not, unless it stops the run.
                    if (_failure is null || RunStops.Is(end.Error)) _failure = (branch, end.Error!);
                    isDecided = _join.Kind is JoinKind.All or JoinKind.Taken || RunStops.Is(end.Error) || _completed.Count + _waiting + _open < _needed;
                    break;
            }
        }

        // A decision that stands in the journal is not made again, so there is nobody to stop.
        if (isDecided && _known is null) _losers.Cancel();
    }

    /// <summary>Says what the race came to, when all branches have ended.</summary>
    public void Close(bool isCancelled)
    {
        Winners = _known ?? [.. _completed.Take(_needed)];
        var isSatisfied = _known is not null || _completed.Count >= _needed;
        if (isSatisfied && !RunStops.Is(_failure?.Error)) Kind = EndKind.Completed;
        else if (isCancelled) Kind = EndKind.Cancelled;
        else if (_failure is { } failure && (_join.Kind is JoinKind.All or JoinKind.Taken || _completed.Count + _waiting < _needed || RunStops.Is(failure.Error)))
            (Kind, Failure) = (EndKind.Failed, failure.Error);
        else Kind = _isCancelled ? EndKind.Cancelled : EndKind.Waiting;
    }

    /// <summary>The branches that did something and do not count.</summary>
    public ImmutableArray<int> Losers()
    {
        if (Winners.Length == Scopes.Count(s => s is not null)) return [];
        var winners = Winners.ToHashSet();
        return [.. Enumerable.Range(0, Scopes.Length).Where(i => Scopes[i] is { Visited.Count: > 0 } && !winners.Contains(i))];
    }
}
