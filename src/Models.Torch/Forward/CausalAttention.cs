namespace AgentTeams.Models.Torch;

/// <summary>
/// Each token attends to itself and those before it. Sequences are padded on the right, so that no token of a sequence sees its
/// padding, whatever that holds, and libtorch's fused kernels need no mask.
/// </summary>
internal sealed class CausalAttention : IAttention
{
    public static CausalAttention Instance { get; } = new();

    public Tensor Attend(int layer, Tensor queries, Tensor keys, Tensor values)
    {
        var groups = queries.shape[1] / keys.shape[1];
        return nn.functional.scaled_dot_product_attention(queries, Repeat(keys, groups), Repeat(values, groups), is_casual: true);
    }

    // Neighbouring query heads share a key-value head (Ainslie et al. 2023).
    private static Tensor Repeat(Tensor heads, long groups)
    {
        if (groups == 1) return heads;
        var (b, h, t, d) = (heads.shape[0], heads.shape[1], heads.shape[2], heads.shape[3]);
        return heads.unsqueeze(2).expand(b, h, groups, t, d).reshape(b, h * groups, t, d);
    }
}
