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

    /// <summary>Texts that end a reply.</summary>
    public IReadOnlyList<string> StopSequences { get; init; } = [];

    /// <summary>The JSON schema that a reply must satisfy; none by default.</summary>
    public JsonElement? ResponseSchema { get; init; }
}
