using System.Text.Json;

namespace AgentTeams;

/// <summary>Sampling options of a role. Unset values are left to the model.</summary>
public sealed record RoleOptions
{
    private readonly float? _temperature;
    private readonly int? _maxOutputTokens;
    private readonly int _maxToolRounds = 8;

    /// <summary>Softmax temperature, 0 to 2; 0 is greedy.</summary>
    /// <exception cref="AgentTeamsException">The value is outside 0 to 2 or not a number.</exception>
    public float? Temperature
    {
        get => _temperature;
        init
        {
            Guard.Require(value is null or (>= 0 and <= 2), $"The temperature is {value}. Give a value from 0 to 2.");
            _temperature = value;
        }
    }

    /// <summary>The most tokens of one reply, end of sequence included; at least 1.</summary>
    /// <exception cref="AgentTeamsException">The value is below 1.</exception>
    public int? MaxOutputTokens
    {
        get => _maxOutputTokens;
        init
        {
            Guard.Require(value is null or >= 1, $"The maximum of output tokens is {value}. Give at least 1.");
            _maxOutputTokens = value;
        }
    }

    /// <summary>How often the tool-call loop may go back to the model in one invocation; 8 unless set.</summary>
    /// <exception cref="AgentTeamsException">The value is below 0.</exception>
    public int MaxToolRounds
    {
        get => _maxToolRounds;
        init
        {
            Guard.Require(value >= 0, $"The maximum of tool rounds is {value}. Give 0 or more.");
            _maxToolRounds = value;
        }
    }

    /// <summary>What happens when <see cref="MaxToolRounds"/> are used up; the invocation fails unless set.</summary>
    public ToolRoundLimit OnToolRoundLimit { get; init; } = ToolRoundLimit.Fail;

    /// <summary>
    /// Whether the tool calls of one message run at the same time; true unless set. Their results keep the calls' order either way.
    /// Set it to false for tools that share what is not safe for concurrent use. A client's own tool-call loop decides for itself.
    /// </summary>
    public bool ConcurrentToolCalls { get; init; } = true;

    /// <summary>Texts that end a reply.</summary>
    public IReadOnlyList<string> StopSequences { get; init; } = [];

    /// <summary>The JSON schema that a reply must satisfy; none by default.</summary>
    public JsonElement? ResponseSchema { get; init; }
}

/// <summary>What happens when a role has used up its rounds of tool calls.</summary>
public enum ToolRoundLimit
{
    /// <summary>If it asks for tools once more, the invocation fails.</summary>
    Fail,

    /// <summary>The call after the last round offers no tools, so that the role answers from what it has learnt; it fails only if it asks again.</summary>
    AnswerWithoutTools,
}
