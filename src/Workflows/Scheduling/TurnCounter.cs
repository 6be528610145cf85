namespace AgentTeams.Workflows;

/// <summary>
/// Counts the rounds of a run, whatever decides its order. A turn begins where the run goes back: to a speaker that the current turn
/// has had already, or to one whose first visit was before that of the speaker who opened the turn.
/// </summary>
/// <typeparam name="TSpeaker">A node or an agent.</typeparam>
/// <param name="turn">The turn to begin with.</param>
internal sealed class TurnCounter<TSpeaker>(int turn = 0)
    where TSpeaker : notnull
{
    private readonly Dictionary<TSpeaker, int> _firstVisits = [];
    private readonly HashSet<TSpeaker> _current = [];
    private int _opened;

    /// <summary>The turn of the last visit.</summary>
    public int Turn { get; private set; } = turn;

    /// <summary>The turn of a visit that begins now, zero-based.</summary>
    public int Enter(TSpeaker speaker)
    {
        if (!_firstVisits.TryGetValue(speaker, out var first))
        {
            _firstVisits[speaker] = first = _firstVisits.Count;
        }
        else if (_current.Contains(speaker) || first < _opened)
        {
            Turn++;
            _opened = first;
            _current.Clear();
        }

        _current.Add(speaker);
        return Turn;
    }

    /// <summary>Goes on in a turn that others have reached.</summary>
    public void Advance(int turn) => Turn = Math.Max(Turn, turn);
}
