using Microsoft.Extensions.AI;

namespace AgentTeams;

/// <summary>One agent of a team: what it is told, what it may use and whether it learns.</summary>
public sealed record Role
{
    private readonly string _name = "";
    private readonly int _maxRememberedMessages = 400;

    /// <summary>The role's name, unique in its team: letters, digits, '-', '_', '.' and spaces.</summary>
    /// <exception cref="AgentTeamsException">The name is empty or holds another character.</exception>
    public required string Name
    {
        get => _name;
        init => _name = Guard.Name(value, "role name");
    }

    /// <summary>The system message of every call; empty for none.</summary>
    public string Instructions { get; init; } = "";

    /// <summary>What the role does, for other roles and for people.</summary>
    public string Description { get; init; } = "";

    /// <summary>The tools that the role itself may call in its tool-call loop.</summary>
    public IReadOnlyList<AIFunction> Tools { get; init; } = [];

    /// <summary>How the model is sampled for this role.</summary>
    public RoleOptions Options { get; init; } = new();

    /// <summary>What a later invocation in the same run remembers of earlier ones.</summary>
    public MemoryPolicy Memory { get; init; } = MemoryPolicy.None;

    /// <summary>
    /// The most messages that <see cref="MemoryPolicy.Conversation"/> keeps; at least 2, 400 unless set. Beyond it the oldest exchanges are
    /// forgotten whole, each a prompt with the replies and tool calls that it led to, and the run's log says so once. The newest exchange always stays.
    /// </summary>
    /// <exception cref="AgentTeamsException">The value is below 2.</exception>
    public int MaxRememberedMessages
    {
        get => _maxRememberedMessages;
        init
        {
            Guard.Require(value >= 2, $"MaxRememberedMessages of the role '{Name}' is {value}. Give at least 2, a prompt and its reply.");
            _maxRememberedMessages = value;
        }
    }

    /// <summary>Whether the role exists in every run or only while training.</summary>
    public RoleLifetime Lifetime { get; init; } = RoleLifetime.Always;

    /// <summary>Whether the policy behind this role is updated by training; a role on a remote model is frozen.</summary>
    public bool Trainable { get; init; } = true;
}

/// <summary>What a role remembers between its invocations in one run.</summary>
public enum MemoryPolicy
{
    /// <summary>Each invocation starts from the instructions alone.</summary>
    None,

    /// <summary>Each invocation sees the role's earlier prompts and replies of the same run.</summary>
    Conversation,
}

/// <summary>When a role takes part.</summary>
public enum RoleLifetime
{
    /// <summary>In every run.</summary>
    Always,

    /// <summary>Only in training runs (a coach, a simulated user).</summary>
    TrainingOnly,
}
