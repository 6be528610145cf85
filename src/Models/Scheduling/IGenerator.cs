namespace AgentTeams.Models;

/// <summary>Completes prompts: the scheduler of a local model, or a server elsewhere that holds the same weights.</summary>
internal interface IGenerator
{
    /// <summary>Completes when the request is sampled.</summary>
    Task<GenerationResult> Enqueue(GenerationRequest request);
}
