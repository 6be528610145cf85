using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace AgentTeams.Storage;

/// <summary>Takes out of trajectories what must not be stored.</summary>
public static class TrajectoryRedaction
{
    /// <summary>
    /// The trajectory with every text redacted: messages with all that they hold, tool arguments and results, the outcome, errors, properties, the task's name
    /// and who judged. Where anything of a node was replaced its token trace is left out, as its ids would tell what was replaced. Ids of trajectories and
    /// nodes, names of roles and tools, and what images and sound hold stay.
    /// </summary>
    /// <param name="trajectory">The trajectory; it is not changed.</param>
    /// <param name="redactors">What is applied, in order; <see cref="Redactors.Default"/> for most.</param>
    public static Trajectory Redact(this Trajectory trajectory, IReadOnlyList<ITextRedactor> redactors)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        ArgumentNullException.ThrowIfNull(redactors);
        return redactors.Count == 0 ? trajectory : new Pass(redactors).Of(trajectory);
    }

    private sealed class Pass(IReadOnlyList<ITextRedactor> redactors)
    {
        private readonly JsonRedaction _json = new(redactors);

        // A conversation repeats its messages in every node.
        private readonly Dictionary<ChatMessage, (ChatMessage Safe, bool IsChanged)> _known = new(ReferenceEqualityComparer.Instance);

        public Trajectory Of(Trajectory trajectory) => trajectory with
        {
            TaskId = _json.Text(trajectory.TaskId),
            GroupId = _json.Text(trajectory.GroupId),
            Key = trajectory.Key is { } key ? key with { Task = _json.Text(key.Task), Path = _json.Text(key.Path) } : null,
            Outcome = Outcome(trajectory.Outcome),
            Error = Of(trajectory.Error),
            Properties = trajectory.Properties?.ToDictionary(
                p => p.Key, p => redactors.Aggregate(p.Value, (t, r) => r.RedactMember(p.Key, t)), StringComparer.Ordinal),
            Nodes = [.. trajectory.Nodes.Select(Of)],
            Rewards = RewardRedaction.Redact(trajectory.Id, trajectory.Rewards, redactors),
        };

        private TrajectoryNode Of(TrajectoryNode node)
        {
            _json.IsChanged = false;
            var safe = node with
            {
                Input = [.. node.Input.Select(Of)],
                Output = [.. node.Output.Select(Of)],
                Arguments = Of(node.Arguments),
                Result = Of(node.Result),
                Error = Of(node.Error),
                Tries = [.. node.Tries.Select(t => t with { Error = Of(t.Error)! })],
            };
            return _json.IsChanged ? safe with { Tokens = null } : safe;
        }

        private ChatMessage Of(ChatMessage message)
        {
            if (!_known.TryGetValue(message, out var known))
            {
                var before = _json.IsChanged;
                _json.IsChanged = false;
                var safe = Rewritten(message);
                _known[message] = known = (safe, _json.IsChanged);
                _json.IsChanged = before;
            }

            _json.IsChanged |= known.IsChanged;
            return known.Safe;
        }

        private ChatMessage Rewritten(ChatMessage given)
        {
            var message = WithoutTrace(given);
            var written = (JsonObject)JsonSerializer.SerializeToNode(TrajectoryJson.ToElement(message))!;
            var safe = _json.Members(written, (member, name) => name switch
            {
                "contents" => new JsonArray([.. ((JsonArray)member!).Select(_json.Content)]),
                "role" or "messageId" or "createdAt" => member?.DeepClone(),
                _ => _json.Value(member, name),
            });
            if (!_json.IsChanged) return message;
            try
            {
                return safe.Deserialize<ChatMessage>(TrajectoryJson.Options)!;
            }
            catch (Exception e) when (e is JsonException or FormatException or ArgumentException or NotSupportedException)
            {
                // An address, for example, that is none without what was taken out of it.
                return new(message.Role, safe["contents"]?.ToJsonString() ?? "");
            }
        }

        // A trace that travels with a message tells as much as the node's, and later inputs repeat the message.
        private static ChatMessage WithoutTrace(ChatMessage message)
        {
            if (message.AdditionalProperties?.ContainsKey(TokenTrace.PropertyName) != true) return message;
            var copy = message.Clone();
            copy.AdditionalProperties = new(message.AdditionalProperties);
            copy.AdditionalProperties.Remove(TokenTrace.PropertyName);
            return copy;
        }

        private JsonElement? Of(JsonElement? json) => json is not { ValueKind: not JsonValueKind.Undefined } value ? json
            : JsonSerializer.SerializeToElement(_json.Value(JsonSerializer.SerializeToNode(value)));

        private NodeError? Of(NodeError? error) => error is null ? null : error with { Message = _json.Text(error.Message) };

        // It may be a state as JSON, with files in it.
        private string? Outcome(string? text)
        {
            if (text is null || !text.Contains(";base64,", StringComparison.OrdinalIgnoreCase)) return Text(text);
            try
            {
                _json.IsChanged = false;
                var safe = _json.Value(JsonNode.Parse(text));
                return _json.IsChanged ? safe?.ToJsonString(TrajectoryJson.Options) : text;
            }
            catch (JsonException)
            {
                return _json.Text(text);
            }
        }

        private string? Text(string? text) => text is null ? null : _json.Text(text);
    }
}
