namespace AgentTeams.Models;

/// <summary>The names of a layer's norms.</summary>
internal sealed class LayerNames(ModelConfig config, int layer)
{
    private readonly string _prefix = $"model.layers.{layer}.";

    /// <summary>Before attention.</summary>
    public string InputNorm => _prefix + "input_layernorm.weight";

    /// <summary>Before the feed-forward layer. Families without norms behind their blocks name it after the attention that it follows.</summary>
    public string MiddleNorm => _prefix + (config.Family.HasPostNorms ? "pre_feedforward_layernorm.weight" : "post_attention_layernorm.weight");

    /// <summary>Of what attention gives, or null where it joins the residual stream as it is.</summary>
    public string? AttentionNorm => config.Family.HasPostNorms ? _prefix + "post_attention_layernorm.weight" : null;

    /// <summary>Of what the feed-forward layer gives, or null where it joins the residual stream as it is.</summary>
    public string? FeedForwardNorm => config.Family.HasPostNorms ? _prefix + "post_feedforward_layernorm.weight" : null;

    /// <summary>Of each query head.</summary>
    public string QueryNorm => _prefix + "self_attn.q_norm.weight";

    /// <summary>Of each key head.</summary>
    public string KeyNorm => _prefix + "self_attn.k_norm.weight";
}
