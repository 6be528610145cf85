using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace AgentTeams.Tests;

public sealed class HostingTests
{
    private static ModelMap Map(string facts, string style) => ModelMap.Partial(new Dictionary<string, IReadOnlyList<string>> { [facts] = ["facts"], [style] = ["style"] });

    private static IHost Host(Action<IServiceCollection> services) => new HostBuilder().ConfigureServices(services).Build();

    [Fact]
    public async Task RunAsync_KeyedWorkflow_RunsOnItsModelWithTheApplicationsClockAndStore()
    {
        var store = new InMemoryCheckpointStore();
        var clock = new TestClock();
        var client = new ScriptedChatClient("wet ");
        using var host = Host(s =>
        {
            s.AddSingleton<TimeProvider>(clock);
            s.AddAgentTeams().AddChatClient("small", client).AddCheckpoints(_ => store).AddWorkflow("article", _ => Teams.Article(), o => o.Model = "small");
        });
        await host.StartAsync();

        var article = host.Services.GetRequiredKeyedService<HostedWorkflow<string, string>>("article");
        Assert.Equal("wet", await article.RunAsync("rain", "order-1"));
        Assert.Equal("wet", await article.RunAsync("rain", "order-1"));

        Assert.Single(client.Calls);
        Assert.Same(article, host.Services.GetRequiredKeyedService<HostedWorkflow>("article"));
        Assert.True(article.IsDurable);
        var run = await Teams.Article().Definition.ReadRunAsync(store, "order-1");
        Assert.Equal(clock.GetUtcNow(), run.Visits[0].Nodes[0].Start);
        Assert.Equal(new SeedKey(0, Task: "order-1"), run.Seed);
    }

    [Fact]
    public async Task RunAsync_Team_AsksTheModelOfEachRole()
    {
        var (large, small) = (new ScriptedChatClient("true"), new ScriptedChatClient("dull"));
        using var host = Host(s => s.AddAgentTeams().AddChatClient("large", large).AddChatClient("small", _ => small)
            .AddTeam(new Team("reviewers", Teams.Review().Roles, Map("large", "small")))
            .AddWorkflow("review", _ => Teams.Review(), o => o.Team = "reviewers"));
        await host.StartAsync();
        var reviewed = await host.Services.GetRequiredKeyedService<HostedWorkflow<Draft, Draft>>("review").RunAsync(new("rain"));
        Assert.Equal(("true", "dull"), (reviewed.Facts, reviewed.Style));
    }

    [Fact]
    public async Task RunAsync_WorkflowOfCode_RunsWithServicesOfAScopeOfItsOwn()
    {
        var code = Workflow.FromDelegate<string, string>("code", async (steps, topic, _) => (await steps.AskAsync(Teams.Writer, topic)).Text);
        using var host = Host(s => s.AddAgentTeams().AddChatClient("small", new ScriptedChatClient("wet")).AddWorkflow("code", _ => code, o => o.Model = "small"));
        await host.StartAsync();
        Assert.Equal("wet", await host.Services.GetRequiredKeyedService<HostedWorkflow<string, string>>("code").RunAsync("rain"));
    }

    [Fact]
    public async Task StartAsync_ManyThingsWrong_FailsOnceAndNamesAll()
    {
        using var host = Host(s => s.AddAgentTeams()
            .AddChatClient("broken", _ => throw new InvalidOperationException(Teams.Secret))
            .AddTeam("nobody", _ => throw new AgentTeamsException("No roles."))
            .AddTeam(new Team("reviewers", Teams.Review().Roles, Map("absent", "broken")))
            .AddWorkflow("review", _ => Teams.Review(), o => o.Team = "reviewers")
            .AddWorkflow("article", _ => Teams.Article())
            .AddWorkflow("stranger", _ => Teams.Article(), o => o.Team = "reviewers")
            .AddWorkflow("nowhere", _ => Teams.Article(), o => o.Team = "unknown")
            .AddWorkflow("absent", _ => Teams.Article(), o => o.Model = "absent")
            .AddWorkflow<Draft>("unbuilt", _ => throw new AgentTeamsException("It has no nodes.")));

        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => host.StartAsync());

        string[] parts =
        [
            "The team 'nobody' cannot be made: No roles.", "'facts' of the team 'reviewers' is bound to the model 'absent', which has no chat client",
            "'style' of the team 'reviewers' is bound to the model 'broken', whose chat client cannot be made (InvalidOperationException)", "'article' has roles, and neither a Team nor a Model",
            "The role 'writer' of the workflow 'stranger' is none of the team 'reviewers'", "names the team 'unknown', which is not registered", "'absent' is bound to the model 'absent'",
            "The workflow 'unbuilt' cannot be made: It has no nodes.",
        ];
        Assert.All(parts, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
        Assert.DoesNotContain(Teams.Secret, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AddWorkflow_NameThatIsTaken_IsRefusedAtOnce() =>
        Assert.Throws<AgentTeamsException>(() => new ServiceCollection().AddAgentTeams().AddWorkflow("one", _ => Teams.Article()).Services.AddAgentTeams().AddWorkflow("one", _ => Teams.Review()));

    [Fact]
    public async Task Options_Configured_ReachEachRun()
    {
        using var host = Host(s =>
        {
            s.AddAgentTeams().AddChatClient("small", new ScriptedChatClient("wet")).AddWorkflow("article", _ => Teams.Article());
            s.Configure<HostedWorkflowOptions>("article", o => (o.Model, o.Run) = ("small", run => run with { Budget = new() { MaxModelCalls = 0 } }));
        });
        await host.StartAsync();
        await Assert.ThrowsAsync<WorkflowBudgetException>(() => host.Services.GetRequiredKeyedService<HostedWorkflow<string, string>>("article").RunAsync("rain"));
    }

    [Fact]
    public async Task HealthChecks_StoreAndModel_TellWhatIsWrongAndAskNoModelByThemselves()
    {
        var (store, client) = (new FailingStore(), new ScriptedChatClient("never"));
        var (reachable, probed) = (true, new List<string>());
        using var host = Host(s =>
        {
            s.AddAgentTeams().AddChatClient("small", client).AddCheckpoints(_ => store).AddWorkflow("article", _ => Teams.Article(), o => o.Model = "small");
            s.AddHealthChecks().AddAgentTeams((model, _, _) =>
            {
                probed.Add(model);
                return reachable ? Task.CompletedTask : throw new HttpRequestException(Teams.Secret);
            });
        });
        await host.StartAsync();
        var health = host.Services.GetRequiredService<HealthCheckService>();

        var well = await health.CheckHealthAsync();
        Assert.Equal((HealthStatus.Healthy, 3), (well.Status, well.Entries.Count));
        Assert.Empty(await store.ListAsync().ToListAsync());

        (store.IsBroken, reachable) = (true, false);
        var ill = await health.CheckHealthAsync();
        Assert.Equal([HealthStatus.Unhealthy, HealthStatus.Unhealthy, HealthStatus.Healthy], ill.Entries.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => e.Value.Status));
        Assert.Equal("The model 'small' cannot be reached (HttpRequestException).", ill.Entries["agentteams-models"].Description);
        Assert.Equal(["small", "small"], probed);
        Assert.Empty(client.Calls);
    }

    private sealed class FailingStore : ICheckpointStore
    {
        private readonly InMemoryCheckpointStore _store = new();

        public bool IsBroken { get; set; }

        public Task<IRunJournal> OpenAsync(string runId, CancellationToken cancellationToken = default) => IsBroken ? throw new IOException("full") : _store.OpenAsync(runId, cancellationToken);

        public IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(string runId, CancellationToken cancellationToken = default) => _store.ReadAsync(runId, cancellationToken);

        public IAsyncEnumerable<string> ListAsync(CancellationToken cancellationToken = default) => _store.ListAsync(cancellationToken);

        public Task<bool> DeleteAsync(string runId, CancellationToken cancellationToken = default) => _store.DeleteAsync(runId, cancellationToken);
    }
}
