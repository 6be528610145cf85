namespace AgentTeams.Tests;

/// <summary>
/// The attributes of spans in OpenTelemetry's GenAI conventions (open-telemetry/semantic-conventions-genai, docs/gen-ai/gen-ai-spans.md and gen-ai-agent-spans.md,
/// as of 2026): those that a span must have, and all that it may have.
/// </summary>
internal static class Conventions
{
    private static readonly string[] Request =
    [
        "gen_ai.request.model", "gen_ai.request.temperature", "gen_ai.request.top_p", "gen_ai.request.top_k", "gen_ai.request.max_tokens", "gen_ai.request.stop_sequences",
        "gen_ai.request.seed", "gen_ai.request.stream", "gen_ai.output.type",
    ];

    private static readonly string[] Reply =
        ["gen_ai.response.id", "gen_ai.response.model", "gen_ai.response.finish_reasons", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"];

    private static readonly string[] Common = ["gen_ai.operation.name", "error.type"];

    private static readonly string[] Messages = ["gen_ai.input.messages", "gen_ai.output.messages"];

    public static IReadOnlyDictionary<string, (string[] Required, string[] Known)> Spans { get; } = new Dictionary<string, (string[], string[])>(StringComparer.Ordinal)
    {
        ["invoke_workflow"] = (["gen_ai.workflow.name"], [.. Common, "gen_ai.workflow.name", .. Messages]),
        ["invoke_agent"] = (["gen_ai.provider.name", "gen_ai.agent.name"],
            [.. Common, "gen_ai.provider.name", "gen_ai.agent.name", "gen_ai.conversation.id", "gen_ai.request.model", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", .. Messages]),
        ["chat"] = (["gen_ai.provider.name"], [.. Common, "gen_ai.provider.name", "gen_ai.conversation.id", "server.address", "server.port", .. Request, .. Reply, .. Messages]),
        ["execute_tool"] = (["gen_ai.tool.name"],
            [.. Common, "gen_ai.tool.name", "gen_ai.tool.type", "gen_ai.tool.description", "gen_ai.tool.call.id", "gen_ai.tool.call.arguments", "gen_ai.tool.call.result"]),
    };
}
