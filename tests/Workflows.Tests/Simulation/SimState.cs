namespace AgentTeams.Tests.Simulation;

/// <summary>A state in which every update shows, with its place among the others.</summary>
internal sealed record SimState(int Hash = 0)
{
    public IReadOnlyList<string> Log { get; init; } = [];

    public SimState Add(string entry) => this with { Hash = SimHash.Of(Hash, entry), Log = [.. Log, entry] };

    public bool IsSame(SimState other) => Hash == other.Hash && Log.SequenceEqual(other.Log);

    public override string ToString() => $"{Hash} [{string.Join(' ', Log)}]";
}

/// <summary>Numbers that are the same in every process: what nodes do and where runs go follows from them.</summary>
internal static class SimHash
{
    /// <summary>Not negative.</summary>
    public static int Of(int hash, string text, string purpose = "")
    {
        var sum = (uint)hash ^ 2166136261;
        foreach (var c in text) sum = (sum ^ c) * 16777619;
        foreach (var c in purpose) sum = (sum ^ c) * 16777619;
        sum = (sum ^ (sum >> 15)) * 0x85EBCA6B;
        sum ^= sum >> 13;
        return (int)(sum & int.MaxValue);
    }

    public static bool Hits(int percent, int hash, string text, string purpose) => Of(hash, text, purpose) % 100 < percent;
}
