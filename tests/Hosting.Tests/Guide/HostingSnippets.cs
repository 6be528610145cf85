using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace AgentTeams.Tests;

/// <summary>The code of docs/hosting.md, as it stands there.</summary>
internal static class HostingSnippets
{
    public static void Register(WebApplicationBuilder builder, IChatClient client, Role planner, Role coder)
    {
        builder.Services.AddAgentTeams()
            .AddChatClient("small", client)
            .AddChatClient("large", services => services.GetRequiredService<ModelFactory>().Create("large"))
            .AddTeam(new Team("math", [planner, coder], ModelMap.Partial(new Dictionary<string, IReadOnlyList<string>> { ["large"] = ["planner"], ["small"] = ["coder"] })))
            .AddWorkflow("plan-code", _ => PlanCode(planner, coder), o => o.Team = "math")
            .AddCheckpoints(_ => new FileCheckpointStore("runs"));
    }

    public static void Configure(WebApplicationBuilder builder)
    {
        builder.Services.Configure<HostedWorkflowOptions>("plan-code", builder.Configuration.GetSection("PlanCode"));
        builder.Services.Configure<HostedWorkflowOptions>("plan-code", o => o.Run = run => run with { Budget = new() { MaxModelCalls = 20 } });
    }

    public static void Health(WebApplicationBuilder builder, IReadOnlyDictionary<string, Ping> pings)
    {
        builder.Services.AddHealthChecks().AddAgentTeams(probe: (model, chat, token) => pings[model].PingAsync(token), tags: ["ready"]);
    }

    public static void Map(WebApplication app)
    {
        app.MapWorkflow("/plan-code", "plan-code").RequireAuthorization();
    }

    public static void MapReport(WebApplication app)
    {
        app.MapWorkflow("/report", "report", new() { OnDisconnect = DisconnectBehavior.GoOn });
    }

    public static void Listen(WebApplicationBuilder builder)
    {
        builder.Services.AddOpenTelemetry()
            .WithTracing(t => t.AddSource(WorkflowTelemetry.SourceName))
            .WithMetrics(m => m.AddMeter(WorkflowTelemetry.MeterName));
    }

    private static BoundWorkflow<Sum, string, int> PlanCode(Role planner, Role coder)
    {
        var wf = Workflow.CreateBuilder<Sum>("plan-code");
        var plan = wf.AddRole(planner, s => s.Question, (s, reply) => s with { Plan = reply.Text });
        var code = wf.AddRole(coder, s => s.Plan, (s, reply) => s with { Value = reply.Text.Length });
        wf.Start(plan).Then(code);
        return wf.Build().Bind((string question) => new Sum(question), s => s.Value);
    }

    internal sealed record Sum(string Question, string Plan = "", int Value = 0);

    internal sealed record ModelFactory(IChatClient Client)
    {
        public IChatClient Create(string model) => model.Length > 0 ? Client : throw new AgentTeamsException("The model has no name.");
    }

    internal sealed record Ping(string Address)
    {
        public Task PingAsync(CancellationToken cancellationToken) => Address.Length > 0 ? Task.CompletedTask : Task.FromCanceled(cancellationToken);
    }
}

public sealed class Solver([FromKeyedServices("plan-code")] HostedWorkflow<string, int> workflow)
{
    public Task<int> SolveAsync(string question, string order, CancellationToken token) => workflow.RunAsync(question, runId: order, token);
}
