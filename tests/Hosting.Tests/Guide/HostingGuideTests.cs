using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AgentTeams.Tests;

/// <summary>What docs/hosting.md says happens, happens.</summary>
public sealed class HostingGuideTests
{
    [Fact]
    public void Hosting_EverySnippet_IsCompiledHere() => GuideCode.AssertCompiled(GuideCode.Blocks("docs/hosting.md"), "HostingSnippets.cs");

    [Fact]
    public async Task Application_BuiltAsInTheGuide_StartsIsHealthyAndSolves()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        builder.Services.AddSingleton(new HostingSnippets.ModelFactory(new ScriptedChatClient("a plan")));
        HostingSnippets.Register(builder, new ScriptedChatClient("1234567"), new() { Name = "planner" }, new() { Name = "coder" });
        HostingSnippets.Configure(builder);
        HostingSnippets.Listen(builder);
        HostingSnippets.Health(builder, new Dictionary<string, HostingSnippets.Ping> { ["small"] = new("here"), ["large"] = new("there") });
        builder.Services.AddAgentTeams().AddWorkflow("report", _ => Teams.Article(), o => o.Model = "small").AddCheckpoints(_ => new InMemoryCheckpointStore());
        builder.Services.AddAuthorization();
        builder.Services.AddTransient<Solver>();
        await using var app = builder.Build();
        HostingSnippets.Map(app);
        HostingSnippets.MapReport(app);
        await app.StartAsync();

        Assert.Equal(7, await app.Services.GetRequiredService<Solver>().SolveAsync("6 + 1", "order-17", default));
        var health = await app.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal((HealthStatus.Healthy, 3), (health.Status, health.Entries.Count));
    }
}
