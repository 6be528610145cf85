using AgentTeams.Collaboration;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>The code of docs/memory.md, as it stands there.</summary>
internal static class MemorySnippets
{
    public static async Task<(WorkflowRunOptions Options, int Forgotten)> RunAsync(BoundWorkflow<Conversation, string, string> team, TeamRuntime runtime, IChatClient client)
    {
        using var store = new SqliteMemoryStore("memory.db");
        var memory = new TeamMemory(new() { Store = store });
        var run = await team.RecordAsync("Plan the bridge.", runtime, new() { Middleware = [memory.ToMiddleware()], Seed = new SeedKey(1, Task: "bridge") });
        await memory.LearnAsync(run.Trajectory);
        await memory.AddEpisodeAsync(run.Trajectory, "Measure before you plan.", reward: 1);

        var careful = new TeamMemory(new()
        {
            Store = store,
            Rights = role => role == "surveyor" ? new() { WritesKeys = ["bridge."] } : new() { ReadsKeys = ["bridge."] },
            MaxFacts = 5, MaxEpisodes = 2, MaxCharacters = 4000,
            OnRefused = (role, fact, why) => Console.WriteLine($"{role} may not keep {fact.Key}: {why}"),
        });
        await careful.AddFactAsync(new("bridge.owner", "the town"), source: "register");
        int forgotten = await careful.ForgetAsync(new() { Role = "surveyor", Key = "bridge." });

        var window = new ConversationMemory { MaxMessages = 12, Summariser = client };
        var options = new WorkflowRunOptions { Middleware = [window.ToMiddleware(), memory.ToMiddleware()] };
        return (options, forgotten);
    }
}
