namespace AgentTeams.Models.Torch;

/// <summary>Which adapter applies to which sequences of a batch; sequences of one adapter are neighbours.</summary>
/// <param name="Adapter">The adapter.</param>
/// <param name="First">The first sequence.</param>
/// <param name="Count">How many sequences.</param>
internal sealed record AdapterRows(AdapterWeights Adapter, int First, int Count);
