using System.Text.Json;
using Microsoft.Agents.AI;
using Microsoft.Agents.AI.Workflows;
using Microsoft.Extensions.AI;

namespace AgentTeams.Samples.AgentFrameworkTeam;

/// <summary>A planner and a coder as a team on Agent Framework writes them, and the same two declared natively.</summary>
internal sealed class MathAgents(TeamModels models, float temperature)
{
    public static readonly Role Planner = Role("planner", "Name the operation.", "add", "subtract", "multiply");
    public static readonly Role Coder = Role("coder", "Write the operator.", "+", "-", "*");

    private readonly ChatClientAgent _planner = Agent(models, Planner, temperature);
    private readonly ChatClientAgent _coder = Agent(models, Coder, temperature);

    /// <summary>Rollouts of a sequential workflow of the two agents; wrapping the agents for a recorder is all that training needs.</summary>
    public Rollout<Problem> Rollout => RecordedWorkflows.Rollout("math",
        recorder => AgentWorkflowBuilder.BuildSequential(_planner.Recorded(recorder), _coder.Recorded(recorder)), (Problem p) => p.Question);

    /// <summary>Rollouts of the same team as a workflow of this library.</summary>
    public static Rollout<Problem> NativeRollout(TeamModels models, float temperature)
    {
        var wf = AgentTeams.Workflow.CreateBuilder<State>("math");
        var plan = wf.AddRole(At(Planner, temperature), s => s.Question, (s, reply) => s with { Plan = reply.Text });
        var code = wf.AddRole(At(Coder, temperature), s => [new ChatMessage(ChatRole.User, s.Question), new ChatMessage(ChatRole.User, s.Plan)], (s, reply) => s with { Operator = reply.Text });
        wf.Start(plan).Then(code);
        return Rollouts.From(wf.Build(), models, (Problem p) => new State(p.Question), s => s.Operator);
    }

    private static ChatClientAgent Agent(TeamModels models, Role role, float temperature) => new(models.GetChatClient(role).AsAgentClient(), new ChatClientAgentOptions
    {
        Name = role.Name,
        ChatOptions = new() { Instructions = role.Instructions, Temperature = temperature, ResponseFormat = ChatResponseFormat.ForJsonSchema(role.Options.ResponseSchema!.Value) },
    });

    private static Role Role(string name, string instructions, params string[] choices) =>
        new() { Name = name, Instructions = instructions, Options = new() { ResponseSchema = JsonSerializer.SerializeToElement(new { @enum = choices }) } };

    private static Role At(Role role, float temperature) => role with { Options = role.Options with { Temperature = temperature } };

    private sealed record State(string Question, string Plan = "", string Operator = "");
}
