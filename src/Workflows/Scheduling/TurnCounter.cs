namespace AgentTeams.Workflows;

/// <summary>
/// Counts the rounds of a run, whatever decides its order. A turn begins where the run goes back: to a speaker that the current turn
/// has had already, or to one whose first visit was before that of the speaker who opened the turn.
/// </summary>
/// <typeparam name="TSpeaker">A node or an agent.</typeparam>
internal sealed class TurnCounter<TSpeaker>
    where TSpeaker : notnull
{
    private readonly Dictionary<TSpeaker, int> _firstVisits = [];
    private readonly HashSet<TSpeaker> _current = [];
    private int _opened;
    private int _turn;

    /// <summary>The turn of a visit that begins now, zero-based.</summary>
    public int Enter(TSpeaker speaker)
    {
        if (!_firstVisits.TryGetValue(speaker, out var first))
        {
            _firstVisits[speaker] = first = _firstVisits.Count;
        }
        else if (_current.Contains(speaker) || first < _opened)
        {
            _turn++;
            _opened = first;
            _current.Clear();
        }

        _current.Add(speaker);
        return _turn;
    }
}
