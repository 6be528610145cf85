using System.Text.Json;

namespace AgentTeams.Collaboration;

/// <summary>A kind of message that members may send, with the schema of its payload.</summary>
/// <param name="Name">The kind: letters, digits, '-', '_', '.' and spaces.</param>
/// <param name="PayloadSchema">
/// The JSON schema of the payload; null, the default, for a kind without one. It stands inside of the envelope's schema, so it holds no references
/// (<c>$ref</c>). A message that violates it is refused, recorded as a refused answer, and asked for again.
/// </param>
/// <param name="Description">When to send it, for the members; empty by default.</param>
/// <example><code>new MessageKind("bid", JsonSerializer.SerializeToElement(new { type = "integer", minimum = 0 }), "What you offer.")</code></example>
public sealed record MessageKind(string Name, JsonElement? PayloadSchema = null, string Description = "") : IChecked
{
    void IChecked.Check(OptionChecks checks) => checks
        .RequireThat(Guard.NameProblem(Name, "kind of message") is null, Guard.NameProblem(Name, "kind of message") ?? "")
        .RequireThat(PayloadSchema is not { } schema || !schema.GetRawText().Contains("\"$ref\"", StringComparison.Ordinal),
            $"The payload schema of '{Name}' holds $ref, which means another place inside of the envelope's schema. Write it out.");
}
