using System.Text.Json;

namespace AgentTeams.Workflows;

/// <summary>A question to someone outside of the run, which goes on when the answer is given.</summary>
/// <param name="Id">Unique in its run: the id of the visit that asks.</param>
/// <param name="Node">The node's name.</param>
/// <param name="Payload">What is asked, as JSON.</param>
/// <param name="AnswerSchema">The JSON schema of the answer.</param>
public sealed record HumanRequest(string Id, string Node, JsonElement Payload, JsonElement AnswerSchema)
{
    /// <summary>Where the visit that asks stands in its run.</summary>
    public VisitPath Path { get; init; }

    /// <summary>What is asked.</summary>
    /// <exception cref="AgentTeamsException">The payload is no such value.</exception>
    public T? Read<T>() => JournalJson.Read<T>(Payload, Id);
}
