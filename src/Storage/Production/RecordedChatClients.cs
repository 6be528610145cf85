using Microsoft.Extensions.AI;

namespace AgentTeams.Storage;

/// <summary>Records the calls of chat clients of applications that run no workflow.</summary>
public static class RecordedChatClients
{
    /// <summary>The key under which the id of a recorded call travels in <see cref="ChatResponse.AdditionalProperties"/>.</summary>
    public const string IdPropertyName = "agentteams.trajectoryId";

    /// <summary>
    /// A client that records each call as a trajectory of one node, failed, cancelled and abandoned ones included, with its token trace where the client
    /// gives one. Calls cost their callers some microseconds and never fail for being recorded. Put it inside of a client that calls tools to record each
    /// call of the model, outside of it to record whole answers.
    /// </summary>
    /// <param name="client">The client that answers.</param>
    /// <param name="recorder">Where to; it may be shared and is not disposed with the client.</param>
    /// <param name="role">The role that the calls are learned as.</param>
    /// <param name="task">What the application does here, without data of its users; calls of one task are compared with each other.</param>
    /// <example>
    /// <code>
    /// IChatClient client = model.RecordTo(recorder, role: "support", task: "answer a ticket");
    /// ChatResponse response = await client.GetResponseAsync("Where is my parcel?");
    /// recorder.AddRewards(response.GetTrajectoryId()!, Reward.ForTrajectory("thumb", 1));
    /// </code>
    /// </example>
    /// <exception cref="AgentTeamsException">The role's name or the task is empty.</exception>
    public static IChatClient RecordTo(this IChatClient client, ProductionRecorder recorder, string role, string task)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(recorder);
        Guard.Name(role, "role name");
        Guard.Require(!string.IsNullOrWhiteSpace(task), $"The task of the recorded role '{role}' is empty. Say in some words what the application does there.");
        return new RecordedChatClient(client, recorder, role, task);
    }

    /// <summary>The id of the trajectory that a response was recorded as, sampled or not; null where its client does not record.</summary>
    public static string? GetTrajectoryId(this ChatResponse response)
    {
        ArgumentNullException.ThrowIfNull(response);
        return In(response.AdditionalProperties) ?? response.Messages.Select(m => In(m.AdditionalProperties)).FirstOrDefault(id => id is not null);
    }

    private static string? In(AdditionalPropertiesDictionary? properties) =>
        properties?.TryGetValue(IdPropertyName, out var value) == true ? value as string : null;
}
