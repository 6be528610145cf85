using System.Collections.Immutable;
using Microsoft.Extensions.AI;

namespace AgentTeams.Rl;

/// <summary>Puts other instructions in place of a role's, and other descriptions in place of its tools'.</summary>
internal sealed class PromptMiddleware(PromptSet prompts) : WorkflowMiddleware
{
    public override Task<ChatResponse> AskAsync(ModelRequest call, Func<ModelRequest, CancellationToken, Task<ChatResponse>> next, CancellationToken cancellationToken)
    {
        if (call.Options.Tools is { } tools) call.Options.Tools = [.. tools.Select(t => t is AIFunction function ? DescribedTool.Of(function, prompts.Tools) : t)];
        return next(prompts.Instructions.TryGetValue(call.Role.Name, out var text) ? call with { Messages = Instructed(call, text) } : call, cancellationToken);
    }

    private static IReadOnlyList<ChatMessage> Instructed(ModelRequest call, string text)
    {
        var own = call.Role.Instructions;
        if (own == text) return call.Messages;
        if (own.Length > 0 && (call.Messages.Count == 0 || call.Messages[0].Role != ChatRole.System || call.Messages[0].Text != own))
            throw new AgentTeamsException($"The first message that '{call.Role.Name}' is given are not its instructions any more, so others cannot be put in their place. Name the middleware of the prompts before what changes messages.");
        return [.. text.Length == 0 ? (ChatMessage[])[] : [new(ChatRole.System, text)], .. call.Messages.Skip(own.Length > 0 ? 1 : 0)];
    }
}

/// <summary>A tool of which models are told something else.</summary>
internal sealed class DescribedTool : DelegatingAIFunction
{
    private DescribedTool(AIFunction tool, string description)
        : base(tool) => Description = description;

    public override string Description { get; }

    public static AIFunction Of(AIFunction tool, ImmutableSortedDictionary<string, string> descriptions) =>
        descriptions.TryGetValue(tool.Name, out var text) && text != tool.Description ? new DescribedTool(tool, text) : tool;
}
