using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;

namespace AgentTeams;

/// <summary>What a node's input begins with: so many messages of another node's input and output, and so many ids of its prompt and completion.</summary>
/// <param name="Node">The other node's id; it comes before.</param>
/// <param name="Messages">How many messages were left out of the input.</param>
/// <param name="Tokens">How many ids were left out of the prompt.</param>
internal sealed record SharedInput(string Node, int Messages, int Tokens);

/// <summary>
/// Writes each message and token of a conversation once: a node's input, which repeats all that its role was told and said
/// before, holds only what is new. Else a tool-call loop would grow with the square of its rounds. Nodes in memory are always whole.
/// </summary>
internal sealed class SharedInputConverter : JsonConverter<ImmutableArray<TrajectoryNode>>
{
    public override ImmutableArray<TrajectoryNode> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var nodes = JsonSerializer.Deserialize<TrajectoryNode[]>(ref reader, options) ?? [];
        var whole = new Dictionary<string, TrajectoryNode>(StringComparer.Ordinal);
        for (var i = 0; i < nodes.Length; i++)
        {
            if (nodes[i].SharedInput is { } shared) nodes[i] = Restore(nodes[i], shared, whole);
            whole.TryAdd(nodes[i].Id, nodes[i]);
        }

        return ImmutableCollectionsMarshal.AsImmutableArray(nodes);
    }

    public override void Write(Utf8JsonWriter writer, ImmutableArray<TrajectoryNode> value, JsonSerializerOptions options)
    {
        var last = new Dictionary<string, TrajectoryNode>(StringComparer.Ordinal);
        var equality = new MessageEquality();
        writer.WriteStartArray();
        foreach (var node in value)
        {
            var before = node.Role is { } role && !node.Input.IsEmpty ? last.GetValueOrDefault(role) : null;
            JsonSerializer.Serialize(writer, before is null ? node : Shorten(node, before, equality), options);
            if (node.Role is not null && !node.Input.IsEmpty) last[node.Role] = node;
        }

        writer.WriteEndArray();
    }

    /// <summary>The node without what it shares with an earlier one of its role.</summary>
    internal static TrajectoryNode Shorten(TrajectoryNode node, TrajectoryNode before, MessageEquality equality)
    {
        var messages = Common(node.Input, [.. before.Input, .. before.Output], equality);
        var tokens = node.Tokens is { } own && before.Tokens is { } others
            ? Common<int>(own.PromptIds, [.. others.PromptIds, .. others.CompletionIds], EqualityComparer<int>.Default)
            : 0;
        if (messages == 0 && tokens == 0) return node;
        return node with
        {
            SharedInput = new(before.Id, messages, tokens),
            Input = node.Input[messages..],
            Tokens = tokens == 0 ? node.Tokens : node.Tokens! with { PromptIds = node.Tokens.PromptIds[tokens..] },
        };
    }

    /// <summary>The node with what was left out, from the nodes before it.</summary>
    internal static TrajectoryNode Restore(TrajectoryNode node, SharedInput shared, Dictionary<string, TrajectoryNode> whole)
    {
        if (!whole.TryGetValue(shared.Node, out var before))
        {
            throw new AgentTeamsException($"The input of the node '{node.Id}' begins as that of '{shared.Node}', which is no earlier node. The line is "
                + "damaged.");
        }

        return node with
        {
            SharedInput = null,
            Input = [.. Beginning<ChatMessage>([.. before.Input, .. before.Output], shared.Messages, node), .. node.Input],
            Tokens = shared.Tokens == 0 ? node.Tokens : Whole(node, before, shared.Tokens),
        };
    }

    private static TokenTrace Whole(TrajectoryNode node, TrajectoryNode before, int tokens)
    {
        if (node.Tokens is not { } own || before.Tokens is not { } others)
            throw new AgentTeamsException($"The prompt of the node '{node.Id}' begins as another's, but one of them has no tokens. The line is damaged.");
        return own with { PromptIds = [.. Beginning<int>([.. others.PromptIds, .. others.CompletionIds], tokens, node), .. own.PromptIds] };
    }

    private static T[] Beginning<T>(T[] from, int count, TrajectoryNode node) => count >= 0 && count <= from.Length ? from[..count]
        : throw new AgentTeamsException($"The input of the node '{node.Id}' begins with {count} messages or ids of another, which has {from.Length}. The "
            + "line is damaged.");

    private static int Common<T>(IReadOnlyList<T> own, IReadOnlyList<T> others, IEqualityComparer<T> equality)
    {
        var count = 0;
        while (count < own.Count && count < others.Count && equality.Equals(own[count], others[count])) count++;
        return count;
    }

    /// <summary>Messages are equal when they are written alike.</summary>
    internal sealed class MessageEquality : IEqualityComparer<ChatMessage>
    {
        private readonly Dictionary<ChatMessage, byte[]> _written = new(ReferenceEqualityComparer.Instance);

        public bool Equals(ChatMessage? x, ChatMessage? y) =>
            ReferenceEquals(x, y) || (x is not null && y is not null && Written(x).AsSpan().SequenceEqual(Written(y)));

        public int GetHashCode(ChatMessage obj) => obj.Role.GetHashCode();

        private byte[] Written(ChatMessage message)
        {
            if (!_written.TryGetValue(message, out var bytes)) _written[message] = bytes = JsonSerializer.SerializeToUtf8Bytes(message, TrajectoryJson.Options);
            return bytes;
        }
    }
}
