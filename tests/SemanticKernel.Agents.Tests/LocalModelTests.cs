using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.Agents;

namespace AgentTeams.Tests;

public sealed class LocalModelTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("agentteams-sk-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task AddLocalModel_Folder_AnswersForAnAgentAndIsRecordedWithTokens()
    {
        Save();
        var builder = Kernel.CreateBuilder();
        builder.AddLocalModel("coder", _directory.FullName);
        var recorder = new AgentRecorder("solo", new SeedKey(5, Task: "t"));

        await Agent(builder.Build(), "coder").Recorded(recorder).AskAsync("hello");

        var node = Assert.Single(recorder.ToTrajectory("").Nodes);
        Assert.Equal(new PolicyId("coder"), node.Policy);
        Assert.Equal(node.Tokens!.CompletionIds.Length, (int)node.Usage!.OutputTokens);
        Assert.NotEmpty(node.Tokens.LogProbs);
    }

    [Fact]
    public async Task AddLocalModel_Streaming_KeepsTokensAndUsage()
    {
        // Semantic Kernel rebuilds a streamed message from its text alone, without usage.
        using var model = LocalModel.Create();
        var builder = Kernel.CreateBuilder();
        builder.AddLocalModel("tiny", model);
        async Task<TrajectoryNode> Run(Func<Agent, Task> ask)
        {
            var recorder = new AgentRecorder("solo", new SeedKey(5));
            await ask(Agent(builder.Build(), "tiny").Recorded(recorder));
            return Assert.Single(recorder.ToTrajectory("").Nodes);
        }

        var whole = await Run(a => a.AskAsync("hello"));
        var streamed = await Run(a => a.InvokeStreamingAsync("hello").ReadAsync());

        Assert.Equal(whole.Tokens!.CompletionIds, streamed.Tokens!.CompletionIds);
        Assert.Equal((whole.Text, whole.Usage), (streamed.Text, streamed.Usage));
        Assert.NotNull(streamed.Usage);
    }

    [Fact]
    public async Task AddLocalModel_Adapters_AnswerUnderTheirKeys()
    {
        Save();
        var builder = Kernel.CreateBuilder();
        builder.AddLocalModel("base", _directory.FullName, o => o.Adapters["planner"] = null);
        var kernel = builder.Build();
        var recorder = new AgentRecorder("pair");

        await Agent(kernel, "planner").Recorded(recorder).AskAsync("hello");
        await Agent(kernel, "base").Recorded(recorder).AskAsync("hello");

        Assert.Equal([new("base", "planner"), new PolicyId("base")], recorder.ToTrajectory("").Nodes.Select(n => n.Policy));
        Assert.Equal(2, kernel.GetRequiredService<ITrainableModel>("base").Policies.Count);
    }

    [Fact]
    public async Task AddLocalModel_OnTheApplicationsServices_IsFoundWithoutAKey()
    {
        using var model = LocalModel.Create();
        var services = new ServiceCollection();
        services.AddKernel();
        services.AddLocalModel("tiny", model);
        await using var provider = services.BuildServiceProvider();

        var agent = Agent(provider.GetRequiredService<Kernel>(), null);

        Assert.NotNull(await agent.AskAsync("hello"));
    }

    [Fact]
    public void AddLocalModel_BesideAnotherChatService_DoesNotBecomeTheDefault()
    {
        using var model = LocalModel.Create();
        var services = new ServiceCollection();
        services.AddSingleton<IChatClient>(new ScriptedChatClient("remote"));
        services.AddLocalModel("tiny", model);
        using var provider = services.BuildServiceProvider();

        Assert.IsType<ScriptedChatClient>(provider.GetRequiredService<IChatClient>());
    }

    [Fact]
    public async Task AddLocalModel_FunctionCall_RunsThroughTheKernelsFilters()
    {
        using var model = LocalModel.Create();
        var builder = Kernel.CreateBuilder();
        builder.AddLocalModel("tiny", model);
        builder.Plugins.AddFromFunctions("tools", [KernelFunctionFactory.CreateFromMethod((bool b) => b ? "yes" : "no", "add")]);
        var kernel = builder.Build();
        var notes = new Sk.FunctionNotes();
        kernel.FunctionInvocationFilters.Add(notes);
        var recorder = new AgentRecorder("solo");
        var agent = Agent(kernel, "tiny", FunctionChoiceBehavior.Required(), maxTokens: 60);

        await agent.Recorded(recorder).AskAsync("add");

        var nodes = recorder.ToTrajectory("").Nodes;
        Assert.Equal(["solo-agent/call-0", "solo-agent/tool-0"], nodes.Take(2).Select(n => n.Id));
        Assert.All(nodes.Where(n => n.Kind == NodeKind.Role), n => Assert.NotNull(n.Tokens));
        Assert.Contains("add", notes.Called);
    }

    [Fact]
    public async Task Recorded_Trajectory_HasTheSchemaOfANativeOne()
    {
        using var model = LocalModel.Create();
        var key = new SeedKey(9, "rl", 0, "t", 0);
        var builder = Kernel.CreateBuilder();
        builder.AddLocalModel("tiny", model);
        var recorder = new AgentRecorder("pair", key);
        var plan = await Agent(builder.Build(), "tiny", name: "planner").Recorded(recorder).AskAsync("hello");
        await Agent(builder.Build(), "tiny", name: "coder").Recorded(recorder).AskAsync(plan);

        var wf = Workflow.CreateBuilder<Said>("pair");
        var options = new RoleOptions { MaxOutputTokens = 4 };
        var first = wf.AddRole(new Role { Name = "planner", Options = options }, s => s.Text, (s, reply) => s with { Text = reply.Text });
        wf.Start(first).Then(wf.AddRole(new Role { Name = "coder", Options = options }, s => s.Text, (s, reply) => s with { Text = reply.Text }));
        var native = await TrajectoryRecorder.RecordAsync(wf.Build(), new Said("hello"), TeamRuntime.ForAll(model.GetChatClient(model.Base)), new() { Seed = key });

        var recorded = recorder.ToTrajectory("x");
        Assert.Equal(Paths(native.Trajectory), Paths(recorded));
        Assert.Equal(native.Trajectory.Edges(), recorded.Edges());
        Assert.Equal(native.Trajectory.Nodes[0].Tokens!.PromptIds, recorded.Nodes[0].Tokens!.PromptIds);
        Assert.Equal(recorded.Nodes.Select(n => n.Text), TrajectoryJson.Deserialize(TrajectoryJson.Serialize(recorded)).Nodes.Select(n => n.Text));
    }

    [Fact]
    public async Task Recorded_RolloutsOfAgents_TrainThePolicyThatTheAgentsUse()
    {
        var model = LocalModel.Create();
        var builder = Kernel.CreateBuilder();
        builder.AddLocalModel("tiny", model);
        var agent = Agent(builder.Build(), "tiny", name: "solo", maxTokens: 2);
        using var models = new TeamModels(new Team("solo", [agent.AsRole()], ModelMap.Full("tiny", "solo")), [model]);
        Rollout<string> rollout = async (task, key, token) =>
        {
            var recorder = new AgentRecorder("solo", key, cancellationToken: token);
            return recorder.ToTrajectory(await agent.Recorded(recorder).AskAsync(task));
        };
        var rewards = new RewardComposer().Add(new DelegateReward("even", t => [.. t.Nodes.Select(n => Reward.ForNode(n.Id, "even", n.Tokens!.CompletionIds[0] % 2 == 0 ? 1 : 0))]));
        var options = new RlOptions { Rewards = rewards, Seed = 1, Steps = 30, TasksPerStep = 1, GroupSize = 32, WarmupSteps = 0, Optimizer = new() { LearningRate = 0.02 } };

        var steps = await new RlTrainer<string>(models, TaskSet.Create(["hello"], t => t, rollout), options).TrainAsync().ReadAsync();

        Assert.InRange(model.WeightsVersion(model.Base), 10, 30);
        Assert.True(steps[^1].Metrics["reward"] > steps[0].Metrics["reward"] + 0.2, string.Join(", ", steps.Select(s => s.Metrics["reward"])));
    }

    private static string[] Paths(Trajectory trajectory)
    {
        var paths = new SortedSet<string>(StringComparer.Ordinal);
        Walk(JsonSerializer.Deserialize<JsonElement>(TrajectoryJson.Serialize(trajectory)), "");
        return [.. paths];

        void Walk(JsonElement json, string path)
        {
            if (json.ValueKind == JsonValueKind.Object)
            {
                foreach (var property in json.EnumerateObject()) Walk(property.Value, $"{path}.{property.Name}");
            }
            else if (json.ValueKind == JsonValueKind.Array)
            {
                foreach (var item in json.EnumerateArray()) Walk(item, path + "[]");
            }
            else
            {
                paths.Add($"{path}:{json.ValueKind}");
            }
        }
    }

    private void Save()
    {
        using var model = LocalModel.Create();
        model.SavePretrained(_directory.FullName);
    }

    private static ChatCompletionAgent Agent(Kernel kernel, string? service, FunctionChoiceBehavior? functions = null, int maxTokens = 4, string name = "solo-agent") => new()
    {
        Name = name,
        Kernel = kernel,
        Arguments = new(new PromptExecutionSettings
        {
            ServiceId = service, FunctionChoiceBehavior = functions, ExtensionData = new Dictionary<string, object> { ["max_tokens"] = maxTokens },
        }),
    };

    private sealed record Said(string Text);
}
