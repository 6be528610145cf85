using System.Text;
using Microsoft.Extensions.AI;

namespace AgentTeams.Rl;

/// <summary>Asks a role for a text in place of another.</summary>
internal sealed class PromptProposer
{
    private readonly Workflow<Proposal> _workflow;
    private readonly TeamRuntime _runtime;

    public PromptProposer(Role role, IChatClient client)
    {
        var wf = Workflow.CreateBuilder<Proposal>("propose");
        wf.Start(wf.AddRole(role, s => s.Question, (s, reply) => s with { Reply = reply.Text }));
        (_workflow, _runtime) = (wf.Build(), TeamRuntime.ForAll(client));
    }

    public static Role DefaultRole { get; } = new()
    {
        Name = "proposer",
        Instructions = "You improve the instructions of an assistant in a team. You are given its instructions as they are and examples of what they led to, with feedback. Find out what the task is, what the instructions do "
            + "not say that the examples show, which facts and formats are needed, and which way of working did well. Write new instructions that keep what works, say what was missing, and hold for tasks of this kind and "
            + $"not only for these examples. Answer with the new instructions alone, between two lines of {FencedText.Fence}.",
    };

    /// <summary>Asks for a text; null where the answer holds none.</summary>
    public async Task<(string? Text, Trajectory Run)> ProposeAsync(PromptComponent component, string text, IReadOnlyList<PromptExample> examples, SeedKey key, CancellationToken cancellationToken)
    {
        var run = await _workflow.RecordAsync(new Proposal(QuestionOf(component, text, examples)), _runtime, new() { Seed = key }, new() { Outcome = s => s.Reply }, cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        if (run.Error is { } error) throw new AgentTeamsException($"The proposer could not be asked for a text of the {component}: {error.Message} What was found so far is kept; go on from the last step's State.", error);
        return (TextOf(run.State!.Reply), run.Trajectory);
    }

    private static string QuestionOf(PromptComponent component, string text, IReadOnlyList<PromptExample> examples)
    {
        var question = new StringBuilder();
        question.Append(component.Kind == PromptComponentKind.Tool ? $"What the assistants are told of the tool '{component.Name}':\n" : $"The instructions of '{component.Name}':\n").Append($"{FencedText.Fence}\n{text}\n{FencedText.Fence}\n");
        for (var i = 0; i < examples.Count; i++)
        {
            question.Append($"\n# Example {i + 1}\n## {(component.Kind == PromptComponentKind.Tool ? "Called with" : "Asked")}\n{examples[i].Shown}\n")
                .Append($"## Answered\n{examples[i].Said}\n## Feedback\n{examples[i].Feedback}\n");
        }

        return question.ToString();
    }

    private static string? TextOf(string reply) => FencedText.Of(reply)?.Trim() is { Length: > 0 } text ? text : null;

    private sealed record Proposal(string Question, string Reply = "");
}
