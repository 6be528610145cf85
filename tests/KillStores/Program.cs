using System.Globalization;
using AgentTeams;
using AgentTeams.KillStores;
using AgentTeams.Storage;
using Microsoft.Extensions.AI;

// Checks that a store or a shared context holds all that was acknowledged, then writes until it is killed; tests/kill-stores.sh does that. A third argument only checks.
var (folder, kind) = (args[0], args[1]);
Directory.CreateDirectory(folder);
var ledger = Path.Combine(folder, "ledger");
if (kind == "context")
{
    using var context = new SqliteContextStore(Path.Combine(folder, "context.db"), new() { Limits = new() { MaxTotalBytes = 1L << 40 } });
    var lines = File.Exists(ledger) ? File.ReadAllText(ledger).Split('\n')[..^1] : [];
    if (await KilledContext.CheckAsync(context, lines) is { } wrong) return Failed(wrong);
    Console.WriteLine($"{lines.Length} acknowledged, {await context.GetVersionAsync("run")} held");
    if (args.Length > 2) return 0;
    using var kept = new StreamWriter(new FileStream(ledger, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
    await KilledContext.WriteAsync(context, line =>
    {
        lock (kept) kept.Write(line);
    });
}

ITrajectoryStore store = kind == "sqlite" ? new SqliteTrajectoryStore(Path.Combine(folder, "runs.db")) : await JsonlTrajectoryStore.OpenAsync(Path.Combine(folder, "runs.jsonl"));

// The last line may be cut short: what it says was not acknowledged.
var told = File.Exists(ledger) ? File.ReadAllText(ledger).Split('\n')[..^1] : [];
var next = told.Length == 0 ? 0 : told.Max(l => int.Parse(l.Split(' ')[1], CultureInfo.InvariantCulture)) + 100;
var held = new Dictionary<string, Trajectory>();
await foreach (var run in store.ReadAllAsync())
{
    if (!held.TryAdd(run.Id, run)) return Failed($"{run.Id} is stored twice");
}

foreach (var line in told)
{
    var (what, number) = (line.Split(' ')[0], int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture));
    if (!held.TryGetValue(IdOf(number), out var run)) return Failed($"{IdOf(number)} was acknowledged and is lost");
    if (run.Outcome != TextOf(number) || run.Nodes[0].Text != TextOf(number)) return Failed($"{run.Id} is not what was appended");
    if (what == "rewarded" && (run.Rewards.Length != 1 || run.Rewards[0].Value != number)) return Failed($"the reward of {run.Id} was acknowledged and is lost");
}

Console.WriteLine($"{told.Length} acknowledged, {held.Count} held");
if (args.Length > 2) return 0;

// The numbers behind those that were acknowledged may have been stored without it: they are taken again only after a gap.
using var acknowledged = new StreamWriter(new FileStream(ledger, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
await Task.WhenAll(Enumerable.Range(0, 4).Select(async lane =>
{
    for (var number = next + lane; ; number += 4)
    {
        var run = RunOf(number);
        if (number % 8 < 4) await store.AppendAsync(run);
        else await store.AppendAsync([run]);
        Tell("appended", number);
        if (number % 1000 == 0 && store is SqliteTrajectoryStore file) await file.CompactAsync();
        if (number % 3 != 0) continue;
        await store.SetRewardsAsync([run with { Rewards = [Reward.ForTrajectory("number", number)] }]);
        Tell("rewarded", number);
    }
}));
return 0;

void Tell(string what, int number)
{
    lock (acknowledged) acknowledged.Write(string.Create(CultureInfo.InvariantCulture, $"{what} {number}\n"));
}

static int Failed(string reason)
{
    Console.Error.WriteLine(reason);
    return 1;
}

static string IdOf(int number) => $"{number:x32}";

static string TextOf(int number) => string.Concat(Enumerable.Repeat($"reply {number} ", 1 + (number % 40)));

static Trajectory RunOf(int number) => new()
{
    Id = IdOf(number), WorkflowName = "killed", TaskId = $"task-{number % 10}", GroupId = "group", Status = TrajectoryStatus.Completed, Outcome = TextOf(number),
    Key = new(1, "rl", Step: number / 50),
    Nodes = [new() { Id = "n", Kind = NodeKind.Role, Name = "writer", Role = "writer", Output = [new ChatMessage(ChatRole.Assistant, TextOf(number))] }],
};
