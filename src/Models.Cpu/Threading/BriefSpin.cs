namespace AgentTeams.Models;

/// <summary>Waits for what other threads do within microseconds: without giving up the processor at first, then with it.</summary>
internal struct BriefSpin
{
    // Some tens of microseconds.
    private const int Spins = 2000;
    private int _count;

    /// <summary>Whether to wait any longer is worth the processor's time.</summary>
    public readonly bool IsOver => _count >= Spins;

    public void Once()
    {
        if (_count++ < Spins) Thread.SpinWait(1);
        else Thread.Yield();
    }
}
