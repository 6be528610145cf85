using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class RemotelySampledModelTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("agentteams-remote-");
    private readonly HttpClient _http = new();
    private readonly LocalLanguageModel _local = TinyModel.Create();
    private readonly LocalVllm _server;
    private readonly RemotelySampledModel _remote;

    private static ChatOptions Options(long seed) => new() { MaxOutputTokens = 6, Seed = seed, Temperature = 1 };

    private static PolicyId Adapter { get; } = new("tiny", "x");

    public RemotelySampledModelTests()
    {
        _local.SavePretrained(Path.Combine(_directory.FullName, "base"));
        _local.AddAdapter("x", new SeedKey(1));
        _server = new LocalVllm(Path.Combine(_directory.FullName, "base"));
        _remote = new RemotelySampledModel(_local, new() { Address = _server.Address, AdapterDirectory = Path.Combine(_directory.FullName, "adapters"), ServedModelName = "served" }, _http);
    }

    public void Dispose()
    {
        _remote.Dispose();
        _server.Dispose();
        _http.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task GetChatClient_SameSeed_SamplesWhatTheLocalModelWould()
    {
        foreach (var policy in (PolicyId[])[_local.Base, Adapter])
        {
            var there = await _remote.GetChatClient(policy).GetResponseAsync("how many", Options(3));
            var here = await _local.GetChatClient(policy).GetResponseAsync("how many", Options(3));

            var (remote, local) = (TokenTrace.Of(there)!, TokenTrace.Of(here)!);
            Assert.Equal(local.PromptIds, remote.PromptIds);
            Assert.Equal(local.CompletionIds, remote.CompletionIds);
            Assert.Equal(here.Text, there.Text);
            Assert.Equal((policy, 0L, 1f), (remote.Policy, remote.WeightsVersion, remote.Temperature));
            Assert.Equal(here.FinishReason, there.FinishReason);
        }
    }

    [Fact]
    public async Task GetStreamingResponse_Joined_IsTheWholeAnswer()
    {
        var client = _remote.GetChatClient(Adapter);
        var whole = await client.GetResponseAsync("how many", Options(3));

        var streamed = await client.GetStreamingResponseAsync("how many", Options(3)).ToListAsync();

        Assert.Equal(whole.Text, streamed.ToChatResponse().Text);
        Assert.NotNull(TokenTrace.Of(streamed.ToChatResponse()));
    }

    [Fact]
    public async Task Apply_BeforeTheNextCall_TheServerHasTheNewAdapterAndDropsTheOld()
    {
        var client = _remote.GetChatClient(Adapter);
        var before = TokenTrace.Of(await client.GetResponseAsync("how many", Options(1)))!;
        var first = Assert.Single(_server.Loaded);
        Train();

        var after = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => client.GetResponseAsync("how many", Options(i))));

        Assert.Equal((0, 1), (before.WeightsVersion, TokenTrace.Of(after[0])!.WeightsVersion));
        Assert.NotEqual(first, Assert.Single(_server.Loaded));
        Assert.Equal(2, _server.Requests.Count(r => r == "/v1/load_lora_adapter"));
        var scores = _local.ScoreAsync(Adapter, [.. after.Select(Row)]).Now();
        Assert.All(after.Zip(scores), p => Assert.All(TokenTrace.Of(p.First)!.LogProbs.Zip(p.Second.LogProbs), l => Assert.Equal(l.Second, l.First, 1e-4f)));
    }

    [Fact]
    public async Task GetChatClient_AnotherProcessLoadedTheSameAdapter_GoesOn()
    {
        await _remote.GetChatClient(Adapter).GetResponseAsync("how many", Options(1));
        using var second = new RemotelySampledModel(TwinOfLocal(), new() { Address = _server.Address, AdapterDirectory = Path.Combine(_directory.FullName, "adapters") }, _http);

        await second.GetChatClient(Adapter).GetResponseAsync("how many", Options(1));

        Assert.Single(_server.Loaded);
    }

    [Fact]
    public async Task RlTrainer_SamplingElsewhere_ReachesTheWeightsOfLocalSampling()
    {
        using var twin = TwinOfLocal();

        var elsewhere = await TrainAsync(_remote);
        var here = await TrainAsync(twin);

        Assert.Equal((4, 4), (_local.WeightsVersion(Adapter), twin.WeightsVersion(Adapter)));
        Assert.Equal(here.Select(s => s.Metrics["reward"]), elsewhere.Select(s => s.Metrics["reward"]));
        Assert.Equal(twin.WeightsHashAsync().Now(), _remote.WeightsHashAsync().Now());
        Assert.Equal(0, elsewhere[^1].Metrics["tiny+x/sampling/sampling_logp_difference/max"]);
    }

    [Fact]
    public async Task RlTrainer_ServerComputesDifferently_WeighsWithTheRatio()
    {
        _server.Distort = answer =>
        {
            var given = answer["choices"]![0]!["logprobs"]!["token_logprobs"]!.AsArray();
            for (var i = 0; i < given.Count; i++) given[i] = (float)given[i]! - 0.05f;
            return answer;
        };

        var metrics = (await TrainAsync(_remote))[0].Metrics;

        Assert.Equal(0.05, metrics["tiny+x/sampling/sampling_logp_difference/mean"], 1e-3);
        Assert.Equal(Math.Exp(0.05), metrics["tiny+x/sampling/importance_sampling_ratio/mean"], 1e-3);
    }

    [Theory]
    [InlineData("token_ids", "return_token_ids")]
    [InlineData("logprobs", "log-probabilities")]
    public async Task GetResponse_ServerLeavesSomethingOut_NamesIt(string missing, string expected)
    {
        _server.Distort = answer =>
        {
            answer["choices"]![0]!.AsObject().Remove(missing);
            return answer;
        };

        Assert.Contains(expected, await ErrorAsync(Options(1)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetResponse_ServerReadAnotherPrompt_IsRefused()
    {
        _server.Distort = answer =>
        {
            answer["choices"]![0]!["prompt_token_ids"] = new JsonArray(1, 2);
            return answer;
        };

        Assert.Contains("prompt ids", await ErrorAsync(Options(1)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetResponse_TruncatedSampling_IsRefused() =>
        Assert.Contains("temperature only", await ErrorAsync(new() { TopP = 0.5f, Temperature = 1, MaxOutputTokens = 3 }), StringComparison.Ordinal);

    [Fact]
    public async Task GetResponse_UnknownModelOnTheServer_TellsItsStatus()
    {
        using var remote = new RemotelySampledModel(TwinOfLocal(), new() { Address = _server.Address, AdapterDirectory = _directory.FullName }, _http);

        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => remote.GetChatClient(new PolicyId("tiny")).GetResponseAsync("how", Options(1)));

        Assert.Contains("404", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetResponse_NoServer_NamesTheAddress()
    {
        _server.Dispose();

        Assert.Contains(_server.Address.ToString(), await ErrorAsync(Options(1)), StringComparison.Ordinal);
    }

    [Fact]
    public void Accumulate_BaseWeights_IsRefused() =>
        Assert.Contains("adapters", Assert.Throws<AgentTeamsException>(() => _remote.AccumulateAsync(_local.Base, [TinyModel.Row(1)], new SftLoss()).Now()).Message, StringComparison.Ordinal);

    private async Task<string> ErrorAsync(ChatOptions options) =>
        (await Assert.ThrowsAsync<AgentTeamsException>(() => _remote.GetChatClient(Adapter).GetResponseAsync("how many", options))).Message;

    private void Train()
    {
        _remote.AccumulateAsync(Adapter, [TinyModel.Row(1)], new SftLoss()).Now();
        _remote.ApplyAsync(Adapter, new AdamWOptions { LearningRate = 0.1 }).Now();
    }

    private static async Task<List<RlStep>> TrainAsync(ITrainableModel model)
    {
        // The model stays the caller's: TeamModels would dispose it.
        var models = new TeamModels(new Team("solo", [new Role { Name = "x" }], ModelMap.Adapters("tiny", "x")), [model]);
        var wf = Workflow.CreateBuilder<string>("solo");
        wf.Start(wf.AddRole(models.Team["x"] with { Options = new() { MaxOutputTokens = 2 } }, s => s, (_, reply) => reply.Text));
        var workflow = wf.Build();
        Rollout<string> rollout = async (task, key, token) =>
            (await TrajectoryRecorder.RecordAsync(workflow, task, models.Runtime, new() { Seed = key }, cancellationToken: token)).Trajectory;
        var rewards = new RewardComposer().Add(new DelegateReward("small", t => [.. t.Nodes.Select(n => Reward.ForNode(n.Id, "small", n.Tokens!.CompletionIds[0] < 100 ? 1 : 0))]));
        return await new RlTrainer<string>(models, TaskSet.Create(["how", "many"], t => t, rollout), new RlOptions { Rewards = rewards, Seed = 1, Steps = 4, TasksPerStep = 2, GroupSize = 16 }).TrainAsync().ToListAsync();
    }

    private static TrainingRow Row(ChatResponse response) => new()
    {
        PromptIds = TokenTrace.Of(response)!.PromptIds, CompletionIds = TokenTrace.Of(response)!.CompletionIds, Temperature = 1,
    };

    private static LocalLanguageModel TwinOfLocal()
    {
        var twin = TinyModel.Create();
        twin.AddAdapter("x", new SeedKey(1));
        return twin;
    }
}
