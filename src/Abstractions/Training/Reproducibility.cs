namespace AgentTeams.Models;

/// <summary>What holds of repeated computations.</summary>
public enum Reproducibility
{
    /// <summary>Nothing (a remote model).</summary>
    None,

    /// <summary>Results agree within a tolerance (a GPU).</summary>
    Tolerant,

    /// <summary>Results are equal bit for bit, for any batch and thread count.</summary>
    Exact,
}
