using Microsoft.Extensions.AI;

namespace AgentTeams.Rl;

/// <summary>What happens to a call when a run is run again.</summary>
public sealed record CallChange
{
    private CallChange(string name) => Name = name;

    /// <summary>The role's own policy answers again, with other random numbers.</summary>
    public static CallChange Resample { get; } = new("resample");

    /// <summary>What is done, as it enters the id of the run.</summary>
    public string Name { get; }

    internal TrajectoryNode? Reply { get; private init; }

    internal IChatClient? Client { get; private init; }

    /// <summary>The role says what was said elsewhere, with its token trace where it has one. Costs no model call.</summary>
    /// <param name="trajectoryId">The trajectory that it comes from.</param>
    /// <param name="reply">The call whose reply is said.</param>
    public static CallChange Say(string trajectoryId, TrajectoryNode reply)
    {
        ArgumentException.ThrowIfNullOrEmpty(trajectoryId);
        ArgumentNullException.ThrowIfNull(reply);
        return new($"say {trajectoryId}/{reply.Id}") { Reply = reply };
    }

    /// <summary>The role says a text.</summary>
    public static CallChange Say(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new($"say '{text}'") { Reply = new() { Id = "said", Kind = NodeKind.Role, Name = "said", Output = [new(ChatRole.Assistant, text)] } };
    }

    /// <summary>Another model answers for the role, for example its frozen base or a past self.</summary>
    /// <param name="name">The model's name, which tells its runs from those of others.</param>
    /// <param name="client">The model; it stays the caller's.</param>
    public static CallChange Ask(string name, IChatClient client)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(client);
        return new($"ask {name}") { Client = client };
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
