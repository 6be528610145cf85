namespace AgentTeams;

/// <summary>
/// What is trained: a model's own weights, or one adapter on it. A policy owns its optimiser state and a weights version;
/// several roles may share one policy.
/// </summary>
/// <param name="Model">The model's id.</param>
/// <param name="Adapter">The adapter's id on that model, or null for the model's own weights.</param>
public sealed record PolicyId(string Model, string? Adapter = null)
{
    /// <summary>The model's id.</summary>
    public string Model { get; init; } = Guard.Name(Model, "model id");

    /// <summary>The adapter's id on that model, or null for the model's own weights.</summary>
    public string? Adapter { get; init; } = Adapter is null ? null : Guard.Name(Adapter, "adapter id");

    /// <summary>The model's id, followed by '+' and the adapter's id if there is one.</summary>
    public override string ToString() => Adapter is null ? Model : $"{Model}+{Adapter}";
}
