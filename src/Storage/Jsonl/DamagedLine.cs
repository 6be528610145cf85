namespace AgentTeams.Storage;

/// <summary>A line of a trajectory file that is left on disk but not read.</summary>
/// <param name="Line">Its number, one-based.</param>
/// <param name="Offset">Where it begins, in bytes.</param>
/// <param name="Reason">What is wrong with it.</param>
public sealed record DamagedLine(long Line, long Offset, string Reason);
