namespace AgentTeams.Models.Torch;

/// <summary>What the tokens of a batch attend to.</summary>
internal interface IAttention
{
    /// <summary>The weighted values of each query.</summary>
    /// <param name="layer">Which layer.</param>
    /// <param name="queries">[sequences, heads, tokens, headSize].</param>
    /// <param name="keys">[sequences, keyValueHeads, tokens, headSize].</param>
    /// <param name="values">As the keys.</param>
    /// <returns>As the queries.</returns>
    Tensor Attend(int layer, Tensor queries, Tensor keys, Tensor values);
}
