namespace AgentTeams.Tests;

/// <summary>Two roles of a tiny model: x speaks on the task, then y, who reads x or does not.</summary>
internal sealed class Duo : IDisposable
{
    private readonly Bandit _bandit = new();

    public Duo(bool reads = true)
    {
        var draft = Workflow.CreateBuilder<State>("duo");
        var x = draft.AddRole(Models.Team["x"], s => s.Task, (s, reply) => s with { X = reply.Text });
        var y = draft.AddRole(Models.Team["y"], s => reads ? s.X : s.Task, (s, reply) => s with { Y = reply.Text });
        draft.Start(x).Then(y);
        Tasks = TaskSet.Create(Bandit.Tasks, t => t, draft.Build(), Models, t => new State(t), s => $"{s.X}|{s.Y}",
            new() { RoleOptions = _ => new() { Temperature = 1, MaxOutputTokens = 2 } });
        Forks = new(Tasks);
    }

    public TeamModels Models => _bandit.Models;

    public TaskSet<string> Tasks { get; }

    public TaskForks<string> Forks { get; }

    public async Task<Trajectory> RunAsync(int sample = 0) => (await new RolloutRunner<string>(Tasks.Rollout, t => t).RunAsync(["a"], sample + 1, new SeedKey(3, "rl")))[sample];

    public async Task<Trajectory> ForkAsync(Trajectory parent, string call, CallChange change, int sample = 1, bool branch = false) => (await Forks.RunAsync(
        [new Fork { Parent = parent, Calls = new Dictionary<string, CallChange> { [call] = change }, Sample = sample, IsBranch = branch }]))[0];

    public void Dispose() => _bandit.Dispose();

    internal sealed record State(string Task, string X = "", string Y = "");
}
