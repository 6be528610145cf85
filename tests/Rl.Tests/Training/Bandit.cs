using System.Collections.Concurrent;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace AgentTeams.Tests;

/// <summary>The smallest team that can be trained: for some tasks an even token is right, for the others an odd one.</summary>
internal sealed class Bandit : IDisposable
{
    private readonly ConcurrentDictionary<string, int> _runs = new(StringComparer.Ordinal);

    public Bandit(long seed = 1, ModelMap? map = null, string instructions = "", ChatTemplate? template = null, int positions = 32)
    {
        var tokenizer = BpeTrainer.Train(["a b c d"], 280, MinimalChatTemplate.SpecialTokens, ["a", "b", "c", "d"]);
        var config = new ModelConfig
        {
            VocabularySize = tokenizer.VocabularySize, HiddenSize = 16, IntermediateSize = 24, Layers = 1, Heads = 2, KeyValueHeads = 2, HeadSize = 8,
            MaxPositions = positions, EndOfSequenceId = tokenizer.GetId(MinimalChatTemplate.End),
        };
        map ??= ModelMap.Full("m", "x", "y");
        var team = new Team("bandit", [new Role { Name = "x", Instructions = instructions }, new Role { Name = "y" }], map);
        var models = map.Policies.Select(p => p.Model).Distinct().Select(id =>
            CpuLanguageModel.Create(new() { Id = id, Config = config, Tokenizer = tokenizer, Template = template ?? new MinimalChatTemplate(), Seed = new SeedKey(seed, Task: id) })).ToList();
        foreach (var policy in map.Policies.Where(p => p.Adapter is not null))
            models.Single(m => m.Id == policy.Model).AddAdapter(policy.Adapter!, new SeedKey(seed));
        Models = new TeamModels(team, models);
    }

    public TeamModels Models { get; }

    /// <summary>The ids of tasks that end in a failure.</summary>
    public HashSet<string> Broken { get; } = [];

    /// <summary>How often each trajectory was run.</summary>
    public IReadOnlyDictionary<string, int> Runs => _runs;

    public static IReadOnlyList<string> Tasks { get; } = ["a", "b", "c", "d"];

    /// <summary>1 for each role whose first token has the parity of the task's letter.</summary>
    public static RewardComposer Rewards { get; } = new RewardComposer().Add(new DelegateReward("parity",
        t => [.. t.Nodes.Select(n => Reward.ForNode(n.Id, "parity", (n.Tokens?.CompletionIds[0] - t.TaskId[0]) % 2 == 0 ? 1 : 0))]));

    public RlTrainer<string> Trainer(RlOptions options, ITrajectoryStore? store = null, Rollout<string>? rollout = null, RewardComposer? rewards = null, ILoggerFactory? logger = null, KlReference? reference = null) =>
        new(Models, TaskSet.Create(Tasks, t => t, rollout ?? RolloutAsync), options with
        {
            Rewards = rewards ?? options.Rewards ?? Rewards, Store = store, LoggerFactory = logger ?? options.LoggerFactory, Reference = reference,
        });

    public async Task<Trajectory> RolloutAsync(string task, SeedKey key, CancellationToken cancellationToken)
    {
        var id = key.ToTrajectoryId();
        _runs.AddOrUpdate(id, 1, (_, n) => n + 1);
        var nodes = new List<TrajectoryNode>();
        foreach (var role in Models.Team.Roles)
        {
            var response = await Models.GetChatClient(role).GetResponseAsync([new(ChatRole.System, role.Name), new(ChatRole.User, task)],
                new ChatOptions { MaxOutputTokens = 2, Seed = (key with { Node = role.Name }).ToSeed() }, cancellationToken);
            nodes.Add(new TrajectoryNode { Id = role.Name, Kind = NodeKind.Role, Name = role.Name, Role = role.Name, Output = [.. response.Messages], Tokens = TokenTrace.Of(response) });
        }

        return new Trajectory
        {
            Id = id, WorkflowName = "bandit", TaskId = task, GroupId = task, SampleIndex = key.Sample, Nodes = [.. nodes],
            Status = Broken.Contains(task) ? TrajectoryStatus.Failed : TrajectoryStatus.Completed,
            Error = Broken.Contains(task) ? new("HttpRequestException", "the server is down") : null,
        };
    }

    public void Dispose() => Models.Dispose();
}

/// <summary>Trajectories in memory.</summary>
internal sealed class MemoryStore : ITrajectoryStore
{
    private readonly ConcurrentDictionary<string, Trajectory> _byId = new(StringComparer.Ordinal);

    public int Count => _byId.Count;

    public Task<bool> AppendAsync(Trajectory trajectory, CancellationToken cancellationToken = default) => Task.FromResult(_byId.TryAdd(trajectory.Id, trajectory));

    public Task<int> AppendAsync(IReadOnlyList<Trajectory> trajectories, CancellationToken cancellationToken = default) =>
        Task.FromResult(trajectories.Count(t => _byId.TryAdd(t.Id, t)));

    public Task SetRewardsAsync(IReadOnlyList<Trajectory> scored, CancellationToken cancellationToken = default)
    {
        foreach (var trajectory in scored) _byId[trajectory.Id] = _byId[trajectory.Id] with { Rewards = trajectory.Rewards };
        return Task.CompletedTask;
    }

    public Task<Trajectory?> FindAsync(string id, CancellationToken cancellationToken = default) => Task.FromResult(_byId.GetValueOrDefault(id));

    public async IAsyncEnumerable<Trajectory> ReadAllAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask;
        foreach (var trajectory in _byId.Values) yield return trajectory;
    }
}
