using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;

namespace AgentTeams.SemanticKernel;

/// <summary>
/// Settings of a prompt or an agent that a local model answers. Everything here reaches the model; a plain
/// <see cref="PromptExecutionSettings"/> passes on only what Semantic Kernel knows by name, and of response formats only a JSON schema.
/// </summary>
/// <example>
/// <code>
/// var settings = new LocalModelSettings { Temperature = 0, MaxTokens = 64, ResponseFormat = typeof(Plan) };
/// Plan plan = JsonSerializer.Deserialize&lt;Plan&gt;((await kernel.InvokePromptAsync("Plan a dinner.", new(settings))).ToString());
/// </code>
/// </example>
public sealed class LocalModelSettings : PromptExecutionSettings
{
    /// <summary>The softmax temperature.</summary>
    /// <value>0 for greedy decoding; null for the model's default.</value>
    [JsonPropertyName("temperature")]
    public float? Temperature { get; set; }

    /// <summary>The most tokens of a reply.</summary>
    /// <value>Null for the model's default.</value>
    [JsonPropertyName("max_tokens")]
    public int? MaxTokens { get; set; }

    /// <summary>The probability mass that sampling is cut to.</summary>
    /// <value>Above 0, at most 1; null for no cut.</value>
    [JsonPropertyName("top_p")]
    public float? TopP { get; set; }

    /// <summary>How many of the likeliest tokens sampling is cut to.</summary>
    /// <value>At least 1; null for no cut.</value>
    [JsonPropertyName("top_k")]
    public int? TopK { get; set; }

    /// <summary>Decides the draws.</summary>
    /// <value>Null for a new draw on each call.</value>
    [JsonPropertyName("seed")]
    public long? Seed { get; set; }

    /// <summary>Texts that end a reply.</summary>
    [JsonPropertyName("stop_sequences")]
    public IList<string>? StopSequences { get; set; }

    /// <summary>
    /// The form of a reply, which constrains decoding: a <see cref="Type"/>, a JSON schema as <see cref="JsonElement"/>, a
    /// <see cref="ChatResponseFormat"/>, <c>"json_object"</c> or <c>"text"</c>.
    /// </summary>
    /// <value>Null for text.</value>
    [JsonIgnore]
    public object? ResponseFormat { get; set; }

    /// <inheritdoc/>
    /// <exception cref="AgentTeamsException">The response format is of none of these kinds.</exception>
    protected override void PrepareChatOptionsForRequest(ChatOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (ResponseFormat is not null) options.ResponseFormat = ResponseFormats.From(ResponseFormat);
    }

    /// <inheritdoc/>
    public override PromptExecutionSettings Clone() => new LocalModelSettings
    {
        ModelId = ModelId,
        ServiceId = ServiceId,
        FunctionChoiceBehavior = FunctionChoiceBehavior,
        ExtensionData = ExtensionData is null ? null : new Dictionary<string, object>(ExtensionData),
        Temperature = Temperature,
        MaxTokens = MaxTokens,
        TopP = TopP,
        TopK = TopK,
        Seed = Seed,
        StopSequences = StopSequences is null ? null : [.. StopSequences],
        ResponseFormat = ResponseFormat,
    };
}
