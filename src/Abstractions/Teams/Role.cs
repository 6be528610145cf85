using Microsoft.Extensions.AI;

namespace AgentTeams;

/// <summary>One agent of a team: what it is told, what it may use and whether it learns.</summary>
/// <example><code>var coder = new Role { Name = "coder", Instructions = "Write the expression.", Options = new() { Temperature = 0.7f } };</code></example>
public sealed record Role : IChecked
{
    /// <summary>The role's name, unique in its team: letters, digits, '-', '_', '.' and spaces.</summary>
    public required string Name { get; init; }

    /// <summary>The system message of every call; empty for none.</summary>
    public string Instructions { get; init; } = "";

    /// <summary>What the role does, for other roles and for people.</summary>
    public string Description { get; init; } = "";

    /// <summary>The tools that the role itself may call in its tool-call loop.</summary>
    public IReadOnlyList<AIFunction> Tools { get; init; } = [];

    /// <summary>How the model is sampled for this role.</summary>
    public RoleOptions Options { get; init; } = new();

    /// <summary>What the role remembers, when the run comes to it again, of what it was asked and answered before.</summary>
    public MemoryPolicy Memory { get; init; } = MemoryPolicy.None;

    /// <summary>
    /// The most messages that <see cref="MemoryPolicy.Conversation"/> keeps. Beyond it the oldest exchanges are forgotten whole, each a
    /// prompt with the replies and tool calls that it led to, and the run's log says so once. The newest exchange always stays.
    /// </summary>
    /// <value>At least 2, a prompt and its reply; 400 by default.</value>
    public int MaxRememberedMessages { get; init; } = 400;

    /// <summary>Whether the role exists in every run or only while training.</summary>
    public RoleLifetime Lifetime { get; init; } = RoleLifetime.Always;

    /// <summary>Whether the policy behind this role is updated by training; false for a role on a frozen model of the <see cref="ModelMap"/>.</summary>
    public bool Trainable { get; init; } = true;

    void IChecked.Check(OptionChecks checks) => checks
        .RequireThat(Guard.NameProblem(Name, "role name") is null, Guard.NameProblem(Name, "role name") ?? "")
        .AtLeast(2, MaxRememberedMessages)
        .Part(Options);
}

/// <summary>What a role remembers between its visits in one run.</summary>
public enum MemoryPolicy
{
    /// <summary>Each visit starts from the instructions alone.</summary>
    None,

    /// <summary>Each visit sees the role's earlier prompts and replies of the same run.</summary>
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
