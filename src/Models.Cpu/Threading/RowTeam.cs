namespace AgentTeams.Models;

/// <summary>
/// One of several threads that compute the same rows together: row-wise work is shared by rows, products by columns. A lone
/// thread is a team of one.
/// </summary>
/// <param name="Index">Which of them this is.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Barrier">Where they wait for each other; null for one alone.</param>
internal readonly record struct RowTeam(int Index, int Count, TeamBarrier? Barrier)
{
    public static RowTeam Alone { get; } = new(0, 1, null);

    /// <summary>This thread's share of some items, in multiples of a unit but for the last.</summary>
    public (int From, int To) Share(int items, int unit = 1)
    {
        var units = (items + unit - 1) / unit;
        return (Math.Min(items, units * Index / Count * unit), Math.Min(items, units * (Index + 1) / Count * unit));
    }

    /// <summary>Waits until all have come this far.</summary>
    public void Wait() => Barrier?.Wait();
}

/// <summary>A barrier for threads that arrive within microseconds of each other.</summary>
internal sealed class TeamBarrier
{
    private int _count;
    private int _arrived;
    private int _round;
    private bool _broken;

    public void Reset(int count) => (_count, _arrived, _broken) = (count, 0, false);

    /// <summary>One thread failed, so nobody need wait any more.</summary>
    public void Break() => Volatile.Write(ref _broken, true);

    public void Wait()
    {
        var round = Volatile.Read(ref _round);
        if (Interlocked.Increment(ref _arrived) == _count)
        {
            _arrived = 0;
            Volatile.Write(ref _round, round + 1);
            return;
        }

        var spinner = new BriefSpin();
        while (Volatile.Read(ref _round) == round)
        {
            if (Volatile.Read(ref _broken)) throw new AgentTeamsException("Another thread of a computation failed.");
            spinner.Once();
        }
    }
}
