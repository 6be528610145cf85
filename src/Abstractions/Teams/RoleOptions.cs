using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams;

/// <summary>How a role is sampled and how its tool-call loop goes. Values that are null are left to the model.</summary>
/// <example><code>new RoleOptions { Temperature = 0.7f, MaxOutputTokens = 256, StopSequences = ["\n\n"] }</code></example>
public sealed record RoleOptions : IChecked
{
    /// <summary>Softmax temperature; 0 takes the likeliest token.</summary>
    /// <value>0 to 2, or null.</value>
    public float? Temperature { get; init; }

    /// <summary>Nucleus sampling: the smallest set of likeliest tokens whose probabilities add up to this (Holtzman et al. 2020).</summary>
    /// <value>Above 0, at most 1, or null.</value>
    public float? TopP { get; init; }

    /// <summary>How many of the likeliest tokens are sampled from.</summary>
    /// <value>At least 1, or null.</value>
    public int? TopK { get; init; }

    /// <summary>How much the model reasons before it answers, where it can.</summary>
    public ReasoningOptions? Reasoning { get; init; }

    /// <summary>The most tokens of one reply, end of sequence included.</summary>
    /// <value>At least 1, or null.</value>
    public int? MaxOutputTokens { get; init; }

    /// <summary>Texts that end a reply.</summary>
    /// <value>None by default.</value>
    public IReadOnlyList<string> StopSequences { get; init; } = [];

    /// <summary>The JSON schema that a reply must satisfy.</summary>
    /// <value>Null for none, the default.</value>
    public JsonElement? ResponseSchema { get; init; }

    /// <summary>
    /// Whether the role may, must or must not call tools. A demand to call holds for the first call of an attempt only, so that a later one can
    /// answer.
    /// </summary>
    /// <value>Null by default: the model decides.</value>
    public ChatToolMode? ToolMode { get; init; }

    /// <summary>How often the tool-call loop may go back to the model in one attempt at an answer.</summary>
    /// <value>At least 0; 8 by default.</value>
    public int MaxToolRounds { get; init; } = 8;

    /// <summary>What happens when <see cref="MaxToolRounds"/> are used up.</summary>
    /// <value>The attempt fails by default.</value>
    public ToolRoundLimit OnToolRoundLimit { get; init; } = ToolRoundLimit.Fail;

    /// <summary>
    /// Whether the tool calls of one message run at the same time. Their results keep the calls' order either way. Set it to false for
    /// tools that share what is not safe for concurrent use. A client's own tool-call loop decides for itself.
    /// </summary>
    /// <value>True by default.</value>
    public bool ConcurrentToolCalls { get; init; } = true;

    void IChecked.Check(OptionChecks checks) => checks
        .Within(0, 2, Temperature)
        .Require(TopP is null or (> 0 and <= 1), TopP, "a number above 0 and at most 1")
        .AtLeast(1, TopK)
        .AtLeast(1, MaxOutputTokens)
        .AtLeast(0, MaxToolRounds);
}

/// <summary>What happens when a role has used up its rounds of tool calls.</summary>
public enum ToolRoundLimit
{
    /// <summary>If it asks for tools once more, the attempt fails.</summary>
    Fail,

    /// <summary>The call after the last round offers no tools, so that the role answers from what it has learnt; it fails only if it asks again.</summary>
    AnswerWithoutTools,
}
