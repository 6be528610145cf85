namespace AgentTeams.Models;

/// <summary>A gradient became infinite or not a number. It was forgotten; weights and optimiser state are as they were.</summary>
public sealed class NonFiniteGradientException : AgentTeamsException
{
    /// <summary>Creates an exception that names whose gradient it was.</summary>
    /// <param name="owner">The policy.</param>
    /// <param name="norm">The gradient's norm.</param>
    public NonFiniteGradientException(string owner, double norm)
        : base($"The gradient of '{owner}' has the norm {norm}; the update was refused and the weights kept. Lower the learning rate or look for the row "
            + "that caused it.") => Owner = owner;

    /// <summary>The policy.</summary>
    public string Owner { get; }
}
