using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Serving;

/// <summary>What a request may change of a role.</summary>
internal static class RoleRequest
{
    private static readonly JsonElement s_anyObject = JsonSerializer.SerializeToElement(new { type = "object" });

    /// <summary>Refuses another form of answer than the role's own.</summary>
    public static void CheckFormat(Role role, ChatOptions options) =>
        ServedModels.Refuse(role.Options.ResponseSchema is not null && options.ResponseFormat is ChatResponseFormatJson, "response_format",
            $"the role '{role.Name}' answers by a schema of its own. Leave it out.");

    /// <summary>Refuses what cannot be changed of a role that calls tools by itself.</summary>
    public static void CheckTools(Role role, ChatOptions options)
    {
        const string Fixed = "a role with tools of its own does not take it. Leave it out.";
        ServedModels.Refuse(options.Tools is not null, "tools", $"the role '{role.Name}' has tools of its own, which it calls by itself. Leave it out.");
        ServedModels.Refuse(options.ToolMode is not null and not AutoChatToolMode, "tool_choice", Fixed);
        ServedModels.Refuse(options.AllowMultipleToolCalls == false, "parallel_tool_calls", Fixed);
        ServedModels.Refuse(options.FrequencyPenalty is not null, "frequency_penalty", Fixed);
        ServedModels.Refuse(options.PresencePenalty is not null, "presence_penalty", Fixed);
        foreach (var name in options.AdditionalProperties?.Keys ?? []) ServedModels.Refuse(true, name, Fixed);
    }

    /// <summary>The role as a request wants it, and the conversation without the system messages that its instructions take in.</summary>
    public static (Role Role, IReadOnlyList<ChatMessage> Messages) Apply(Role role, IEnumerable<ChatMessage> messages, ChatOptions options)
    {
        var all = messages.ToList();
        var leading = all.TakeWhile(m => m.Role == ChatRole.System).ToList();
        string[] instructions = [role.Instructions, .. leading.Select(m => m.Text)];
        var own = role.Options;
        return (role with
        {
            Instructions = string.Join("\n\n", instructions.Where(i => i.Length > 0)),
            Options = own with
            {
                Temperature = options.Temperature ?? own.Temperature,
                TopP = options.TopP ?? own.TopP,
                TopK = options.TopK ?? own.TopK,
                Reasoning = options.Reasoning ?? own.Reasoning,
                MaxOutputTokens = options.MaxOutputTokens ?? own.MaxOutputTokens,
                StopSequences = options.StopSequences is { } stops ? [.. stops] : own.StopSequences,
                ResponseSchema = options.ResponseFormat is ChatResponseFormatJson json ? json.Schema ?? s_anyObject : own.ResponseSchema,
            },
        }, all[leading.Count..]);
    }
}
