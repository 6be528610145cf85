using System.Text.Json;

namespace AgentTeams.Mcp;

/// <summary>A role as a workflow of one node.</summary>
internal static class ServedRole
{
    public static BoundWorkflow<string, JsonElement> Structured(Role role) => Workflow(role).Bind((string message) => new Turn(message, ""), s => JsonElement.Parse(s.Said), Options(role));

    public static BoundWorkflow<string, string> Text(Role role) => Workflow(role).Bind((string message) => new Turn(message, ""), s => s.Said, Options(role));

    private static Workflow<Turn> Workflow(Role role)
    {
        var wf = AgentTeams.Workflow.CreateBuilder<Turn>(role.Name);
        wf.Start(wf.AddRole(role, s => s.Asked, (s, reply) => s with { Said = reply.Text }));
        return wf.Build();
    }

    private static BindingOptions Options(Role role) => new() { Name = role.Name, Description = role.Description ?? $"Asks the role '{role.Name}'." };

    internal sealed record Turn(string Asked, string Said);
}
