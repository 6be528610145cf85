using System.Text.Json;

namespace AgentTeams.Samples.Arena;

/// <summary>The roles of a game over tiny models with random weights, one for each role.</summary>
internal static class ArenaTeam
{
    private static readonly JsonElement s_moves = JsonSerializer.SerializeToElement(new { @enum = Enumerable.Range(0, Directions.Count) });

    /// <summary>The team as it is trained: each role on the model of its own name.</summary>
    /// <param name="seed">Decides the weights.</param>
    public static TeamModels Create(long seed)
    {
        string[] roles = [GridGame.Tool, GridGame.Plan, GridGame.Both];
        return new(new Team("arena", roles.Select(RoleOf), ModelMap.Separate(roles)), roles.Select(r => Model(r, seed)));
    }

    /// <summary>The same models, with tool and plan in each other's place.</summary>
    public static TeamModels Swapped(TeamModels models) => new(new Team("arena swapped", models.Team.Roles,
        ModelMap.Create([(GridGame.Tool, new(GridGame.Plan)), (GridGame.Plan, new(GridGame.Tool)), (GridGame.Both, new(GridGame.Both))])), models.Models, leaveOpen: true);

    private static Role RoleOf(string name) => new() { Name = name, Options = new() { Temperature = 1, MaxOutputTokens = 2, ResponseSchema = s_moves } };

    private static LocalLanguageModel Model(string id, long seed)
    {
        var options = LocalModelOptions.FromTexts(id, [""], new SeedKey(seed, "weights", Task: id), 256 + MinimalChatTemplate.SpecialTokens.Count + 2 * Signs.All.Count, Signs.All);
        return CpuLanguageModel.Create(options with { Config = options.Config with { HiddenSize = 48, IntermediateSize = 96, Layers = 2, Heads = 4, KeyValueHeads = 4, HeadSize = 12, MaxPositions = 32 } },
            new CpuModelOptions { Threads = 1 });
    }
}
