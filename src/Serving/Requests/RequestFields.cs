namespace AgentTeams.Serving;

/// <summary>Which members of a chat completion's body are read, which change no result, and why others are refused.</summary>
internal static class RequestFields
{
    /// <summary>What a reply cannot be without.</summary>
    public static IReadOnlySet<string> Needed { get; } = new HashSet<string>(StringComparer.Ordinal) { "model", "messages", "stream" };

    private static readonly HashSet<string> s_read = new(StringComparer.Ordinal)
    {
        "model", "messages", "stream", "stream_options", "temperature", "top_p", "top_k", "min_p", "repetition_penalty", "max_tokens",
        "max_completion_tokens", "stop", "seed", "n", "tools", "tool_choice", "parallel_tool_calls", "response_format", "logprobs",
        "top_logprobs", "frequency_penalty", "presence_penalty", "reasoning_effort",
    };

    // Who asks, and where a provider keeps, bills or caches what: no reply depends on it.
    private static readonly HashSet<string> s_withoutEffect = new(StringComparer.Ordinal)
    {
        "user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key", "prompt_cache_retention",
    };

    private static readonly Dictionary<string, string> s_refused = new(StringComparer.Ordinal)
    {
        ["functions"] = "give the functions as 'tools'.",
        ["function_call"] = "give 'tool_choice'.",
        ["logit_bias"] = "no model here takes it. Leave it out.",
        ["audio"] = "replies are text.",
    };

    /// <summary>Refuses what would change a reply and is not understood.</summary>
    /// <exception cref="RequestException">Names the member.</exception>
    public static void Check(JsonField body)
    {
        foreach (var (name, field) in body.Members)
        {
            if (s_read.Contains(name) || s_withoutEffect.Contains(name) || IsNeutral(name, field)) continue;
            throw RequestException.Unsupported(name,
                s_refused.GetValueOrDefault(name, "it is not known. Leave it out, or let the server's IgnoredFields name it."));
        }
    }

    private static bool IsNeutral(string name, JsonField field) => name switch
    {
        "logit_bias" => !field.Members.Any(),
        "modalities" => field.Items().All(m => m.Text() == "text"),
        _ => false,
    };
}
