namespace AgentTeams.Models.Torch;

/// <summary>What a policy has beside the model's own weights.</summary>
/// <param name="Adapter">Its adapter, or null for the model's own weights.</param>
/// <param name="ValueHead">Its critic's head, or null.</param>
internal sealed record PolicyParts(AdapterWeights? Adapter, ValueHead? ValueHead) : IDisposable
{
    /// <summary>The sets that training the policy changes.</summary>
    public IReadOnlyList<ParameterSet> Trained(DecoderWeights weights)
    {
        var own = Adapter?.Set ?? weights.Set;
        return ValueHead is null ? [own] : [own, ValueHead.Set];
    }

    public PolicyParts Copy(DecoderWeights weights) => new(Adapter?.Copy(weights), ValueHead?.Copy());

    public void Dispose()
    {
        Adapter?.Dispose();
        ValueHead?.Dispose();
    }
}
