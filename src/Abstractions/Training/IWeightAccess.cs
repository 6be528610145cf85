namespace AgentTeams.Models;

/// <summary>A model whose trained weights can be read and replaced as plain numbers, for training that needs no gradient. For adapters and small models: all weights are copied.</summary>
public interface IWeightAccess
{
    /// <summary>The trained weights of a policy, in a fixed order.</summary>
    Task<float[]> ReadWeightsAsync(PolicyId policy, CancellationToken cancellationToken = default);

    /// <summary>Replaces the trained weights of a policy. Nobody may sample it meanwhile.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="weights">As many as <see cref="ReadWeightsAsync"/> gives.</param>
    /// <param name="isUpdate">Whether the policy's version advances; a trial leaves it as it is.</param>
    /// <param name="cancellationToken">Ends the call before anything is changed.</param>
    /// <exception cref="AgentTeamsException">There are more or fewer weights than the policy has.</exception>
    Task WriteWeightsAsync(PolicyId policy, ReadOnlyMemory<float> weights, bool isUpdate, CancellationToken cancellationToken = default);
}
