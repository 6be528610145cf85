namespace AgentTeams.Models;

/// <summary>Where the folder of a model keeps a policy.</summary>
internal static class PolicyFolder
{
    /// <summary>The model's folder itself for its own weights, one below <c>adapters</c> for an adapter.</summary>
    public static string Of(string model, PolicyId policy) => policy.Adapter is { } name ? Path.Combine(model, "adapters", name) : model;
}
