using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;

namespace AgentTeams;

/// <summary>One step of a trajectory: a model call, a tool call, a function, a human answer or a sub-workflow.</summary>
public sealed record TrajectoryNode
{
    /// <summary>Unique in its trajectory: the workflow node's name, its visit, and for calls inside a tool-call loop their number.</summary>
    public required string Id { get; init; }

    /// <summary>What kind of step this is.</summary>
    public required NodeKind Kind { get; init; }

    /// <summary>The workflow node's name.</summary>
    public required string Name { get; init; }

    /// <summary>Ids of the nodes whose results this one used.</summary>
    public ImmutableArray<string> Parents { get; init; } = [];

    /// <summary>The role that spoke, or that asked for a tool call; null where there was none.</summary>
    public string? Role { get; init; }

    /// <summary>The policy that answered, where it is known.</summary>
    public PolicyId? Policy { get; init; }

    /// <summary>
    /// The run's round, zero-based. A turn begins where a run goes back: to a node that it visited in the current turn, or to one that
    /// it first visited before the node that opened the turn. So it never falls in commit order, and what follows a loop belongs to its last round.
    /// </summary>
    public int Turn { get; init; }

    /// <summary>Zero-based index of the commit.</summary>
    public int Step { get; init; }

    /// <summary>How many answers of this visit had failed validation before; zero-based, so only the last attempt's answer was used.</summary>
    public int Attempt { get; init; }

    /// <summary>The branch taken after this node, or null if there was no choice.</summary>
    public string? Branch { get; init; }

    /// <summary>What was left out of a written node; null in memory.</summary>
    [JsonInclude]
    internal SharedInput? SharedInput { get; init; }

    /// <summary>The messages a model was given, instructions included.</summary>
    public ImmutableArray<ChatMessage> Input { get; init; } = [];

    /// <summary>The messages a model answered with.</summary>
    public ImmutableArray<ChatMessage> Output { get; init; } = [];

    /// <summary>The tool that was called.</summary>
    [JsonPropertyName("tool")]
    public string? ToolName { get; init; }

    /// <summary>The name of the server that answers the tool; null where it is none of a server's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public string? Server { get; init; }

    /// <summary>The arguments of a tool call.</summary>
    public JsonElement? Arguments { get; init; }

    /// <summary>The result of a tool call or function.</summary>
    public JsonElement? Result { get; init; }

    /// <summary>Token ids and log-probabilities; null where the model records none, and then the call cannot be trained on.</summary>
    public TokenTrace? Tokens { get; init; }

    /// <summary>Tokens of this call.</summary>
    public TokenUsage? Usage { get; init; }

    /// <summary>What went wrong, or null.</summary>
    public NodeError? Error { get; init; }

    /// <summary>
    /// Tries of this call that failed and were followed by another, in order. They are part of the call, no calls of their own: the
    /// model answered none of them, so nothing is credited to or learnt from them.
    /// </summary>
    public ImmutableArray<FailedTry> Tries { get; init; } = [];

    /// <summary>Whether the step was made by the trajectory that this one was forked from: it is neither counted, credited nor trained here again.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Inherited { get; init; }

    /// <summary>
    /// Whether the run went on without the step: its branch lost a race to a join that waited for others. Like an answer that was asked for again, it is
    /// no part of what the run's reward judges.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Discarded { get; init; }

    /// <summary>When the step began; its last try, where there were several.</summary>
    public DateTimeOffset Start { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>The text of <see cref="Output"/>.</summary>
    [JsonIgnore]
    public string Text => string.Concat(Output.Select(m => m.Text));

    /// <summary>Who did what, in one line for people.</summary>
    public override string ToString() => $"{Id} ({Kind}): "
        + (Error is { } error
            ? $"{error.Type}: {error.Message}"
            : Kind == NodeKind.Tool ? $"{ToolName}({Arguments}) = {Result}" : Kind == NodeKind.Role ? Text : Result?.ToString() ?? "done");
}

/// <summary>The kinds of step.</summary>
public enum NodeKind
{
    /// <summary>A model call on behalf of a role.</summary>
    Role,

    /// <summary>A tool call.</summary>
    Tool,

    /// <summary>A plain function of the state.</summary>
    Function,

    /// <summary>A human's answer.</summary>
    Human,

    /// <summary>A workflow run inside this one.</summary>
    SubWorkflow,

    /// <summary>A reset or a step of the environment in which roles act.</summary>
    Environment,
}

/// <summary>A try of a call that failed before another was made.</summary>
/// <param name="Error">What went wrong.</param>
/// <param name="Start">When the try began.</param>
/// <param name="Duration">How long it took.</param>
public sealed record FailedTry(NodeError Error, DateTimeOffset Start, TimeSpan Duration);
