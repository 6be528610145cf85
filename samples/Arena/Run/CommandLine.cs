using System.CommandLine;

namespace AgentTeams.Samples.Arena;

/// <summary>The options of the program.</summary>
internal static class CommandLine
{
    public static RootCommand Create(Func<ArenaOptions, CancellationToken, Task<int>> run)
    {
        var defaults = new ArenaOptions();
        var games = new Option<string[]>("--game") { Description = "The games; both unless given.", DefaultValueFactory = _ => [.. defaults.Games] };
        games.AcceptOnlyFromAmong([.. defaults.Games]);
        var seeds = new Option<int>("--seeds") { Description = "Seeds 1 to this one.", DefaultValueFactory = _ => defaults.Seeds };
        var steps = new Option<int>("--steps") { Description = "Steps of each training.", DefaultValueFactory = _ => defaults.Steps };
        var folder = new Option<string>("--out") { Description = "The folder of the runs; what is there goes on.", DefaultValueFactory = _ => defaults.Folder };
        var smoke = new Option<bool>("--smoke") { Description = "Seconds instead of minutes: every stage, and nothing learned." };
        var root = new RootCommand("Two roles learn plan-path on 10 x 10 and Sokoban on 6 x 6: each alone, and as a team.") { games, seeds, steps, folder, smoke };
        root.SetAction((parsed, cancellationToken) => run((parsed.GetValue(smoke) ? ArenaOptions.Smoke : defaults with { Seeds = parsed.GetValue(seeds), Steps = parsed.GetValue(steps) }) with
        {
            Games = parsed.GetValue(games)!, Folder = parsed.GetValue(folder)!,
        }, cancellationToken));
        return root;
    }
}
