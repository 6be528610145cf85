using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace AgentTeams.Storage;

/// <summary>Lines of chat logs as trajectories.</summary>
internal sealed class ChatLog(ImportOptions options)
{
    private readonly Dictionary<string, int> _seen = new(StringComparer.Ordinal);

    public Trajectory Read(ReadOnlyMemory<byte> line)
    {
        var json = JsonElement.Parse(line.Span);
        List<JsonElement> written = [.. json.ItemsOf("messages")];
        if (written.Count == 0) throw new AgentTeamsException("It has no \"messages\".");
        var messages = written.ConvertAll(OpenAiMessages.Read);
        var role = json.TextOf("role_name") ?? json.TextOf("agent") ?? options.Role;
        var nodes = ChatNodes.Of(messages, role, i => written[i].AnyTextOf("weight") is "0" or "0.0");
        if (nodes.All(n => n.Kind != NodeKind.Role)) throw new AgentTeamsException("Its \"messages\" hold none of the role \"assistant\" to learn from.");
        var task = json.AnyTextOf("task") ?? ImportedIds.TaskOf(nodes.First(n => n.Kind == NodeKind.Role).Input);
        return new()
        {
            Id = json.AnyTextOf("id") ?? NextId(line.Span), WorkflowName = options.WorkflowName, TaskId = task, GroupId = task,
            Status = TrajectoryStatus.Completed,
            Outcome = json.AnyTextOf("outcome") ?? nodes.Last(n => n.Kind == NodeKind.Role).Text,
            Nodes = nodes,
            Rewards = json.TryGetProperty("rewards", out var rewards) ? Rewards(rewards) : [],
        };
    }

    // Two people may have said the same: the second is another chat.
    private string NextId(ReadOnlySpan<byte> line)
    {
        var id = ImportedIds.OfLine(line);
        _seen[id] = _seen.GetValueOrDefault(id) + 1;
        return _seen[id] == 1 ? id : string.Create(CultureInfo.InvariantCulture, $"{id}-{_seen[id]}");
    }

    private static ImmutableArray<Reward> Rewards(JsonElement rewards) => rewards.ValueKind switch
    {
        JsonValueKind.Null => [],
        JsonValueKind.Object => [.. rewards.EnumerateObject().Select(r => Reward.ForTrajectory(r.Name, Number(r.Value, r.Name)))],
        JsonValueKind.Array => [.. rewards.EnumerateArray().Select(One)],
        _ => throw new AgentTeamsException($"Its \"rewards\" are of the kind {rewards.ValueKind}; they must be an object of values by name, or an array."),
    };

    private static Reward One(JsonElement reward)
    {
        if (reward.ValueKind != JsonValueKind.Object || reward.TextOf("name") is not { Length: > 0 } name)
            throw new AgentTeamsException("A reward has no \"name\".");
        if (reward.TryGetProperty("scope", out _)) return reward.Deserialize<Reward>(TrajectoryJson.Options)!;
        if (!reward.TryGetProperty("value", out var value)) throw new AgentTeamsException($"The reward '{name}' has no \"value\".");
        var weight = reward.TryGetProperty("weight", out var given) ? Number(given, name) : 1;
        return Reward.ForTrajectory(name, Number(value, name), weight) with { Source = reward.TextOf("source") };
    }

    private static double Number(JsonElement value, string name) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.True => 1,
        JsonValueKind.False => 0,
        _ => throw new AgentTeamsException($"The reward '{name}' is {value.GetRawText()}, which is no number."),
    };
}
