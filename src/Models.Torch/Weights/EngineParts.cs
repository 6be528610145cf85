namespace AgentTeams.Models.Torch;

/// <summary>What a policy has beside the model's own weights, as this engine keeps it.</summary>
/// <param name="Adapter">Its adapter, or null for the model's own weights.</param>
/// <param name="ValueHead">Its critic's head, or null.</param>
internal sealed record EngineParts(AdapterWeights? Adapter, ValueHead? ValueHead)
{
    public static EngineParts Of(PolicyParts parts) => new((AdapterWeights?)parts.Adapter, (ValueHead?)parts.ValueHead);

    /// <summary>The sets that training the policy changes; the first gives the version.</summary>
    public IReadOnlyList<ParameterSet> Trained(DecoderWeights weights)
    {
        var own = Adapter?.Parameters ?? weights.Parameters;
        return ValueHead is null ? [own] : [own, ValueHead.Parameters];
    }
}
