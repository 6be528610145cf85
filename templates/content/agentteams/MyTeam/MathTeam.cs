using System.Text.Json;
using AgentTeams;
using AgentTeams.Workflows;

namespace MyTeam;

/// <summary>A planner that names an operation and a coder that writes its operator.</summary>
public static class MathTeam
{
    public static readonly Role Planner = new() { Name = "planner", Instructions = "Name the operation.", Options = OneOf("add", "subtract", "multiply") };

    public static readonly Role Coder = new() { Name = "coder", Instructions = "Write the operator.", Options = OneOf("+", "-", "*") };

    public static Workflow<MathState> CreateWorkflow()
    {
        var wf = Workflow.CreateBuilder<MathState>("plan-code");
        var plan = wf.AddRole(Planner, s => s.Question, (s, reply) => s with { Plan = reply.Text });
        var code = wf.AddRole(Coder, s => $"{s.Question}: {s.Plan}", (s, reply) => s with { Operator = reply.Text.Trim('"') });
        wf.Start(plan).Then(code);
        return wf.Build();
    }

    private static RoleOptions OneOf(params string[] choices) => new() { ResponseSchema = JsonSerializer.SerializeToElement(new { @enum = choices }) };
}

/// <summary>What the roles hand on.</summary>
public sealed record MathState(string Question, string Plan = "", string Operator = "");
