using System.Text.RegularExpressions;
using AgentTeams.Samples.Arena;

namespace AgentTeams.Tests;

public sealed partial class GridGameTests
{
    public static TheoryData<string> Games => [PlanPath.GameName, Sokoban.GameName];

    [Theory]
    [MemberData(nameof(Games))]
    public void Observe_ByTool_DoesNotDependOnWallsNorByPlanOnTheTarget(string name)
    {
        var game = GameOf(name, GridGame.Plan);
        foreach (var task in GridGenerator.Draw(game, new(7, "any"), 50))
        {
            var world = task.ToWorld();
            var open = world with { Cells = world.Cells.Replace(GridWorld.Wall, GridWorld.Floor) };
            var elsewhere = world with { Cells = Moved(world) };
            Assert.Equal(Text(game, world, GridGame.Tool), Text(game, open, GridGame.Tool));
            Assert.Equal(Text(game, world, GridGame.Plan), Text(game, elsewhere, GridGame.Plan));
            Assert.NotEqual(Text(game, world, GridGame.Tool), Text(game, elsewhere, GridGame.Tool));
            Assert.StartsWith(Text(game, world, GridGame.Tool), Text(game, world, GridGame.Both), StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Games))]
    public void Observe_AnyWorld_IsMadeOfSignsThatAreOneTokenEach(string name)
    {
        var game = GameOf(name, GridGame.Plan);
        using var models = ArenaTeam.Create(1);
        var tokenizer = ((LocalLanguageModel)models.Models.First()).Tokenizer;
        var random = new Random(1);
        foreach (var task in GridGenerator.Draw(game, new(7, "any"), 20))
        {
            var world = task.ToWorld();
            for (var i = 0; i < 20; i++)
            {
                world = game.Step(game.Step(world, Action(GridGame.Tool, random.Next(4))), Action(GridGame.Plan, random.Next(4)));
                foreach (var role in (string[])[GridGame.Tool, GridGame.Plan, GridGame.Both])
                {
                    var signs = Sign().Matches(Text(game, world, role)).Select(m => m.Value).ToList();
                    Assert.All(signs, s => Assert.Contains(s, Signs.All));
                    Assert.Equal(signs.Count, tokenizer.Encode(Text(game, world, role)).Length);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Games))]
    public void Step_OfTheMover_MovesAndOfTheOtherProposes(string name)
    {
        var (team, alone) = (GameOf(name, GridGame.Plan), GameOf(name, GridGame.Tool));
        var world = GridGenerator.Draw(team, new(9, "any"), 1)[0].ToWorld();
        var best = team.BestMoves(world)[0];

        var proposed = team.Step(world, Action(GridGame.Tool, best));
        var moved = team.Step(proposed, Action(GridGame.Plan, best));

        Assert.Equal((world.Player, 0, (int?)best), (proposed.Player, proposed.Moves, proposed.Proposal));
        Assert.Equal(1, moved.Moves);
        Assert.NotEqual(world.Player, moved.Player);
        Assert.Null(moved.Proposal);
        Assert.Null(team.Reward(world, proposed));
        Assert.Equal(1, team.Reward(proposed, moved));
        Assert.Equal(moved.Player, alone.Step(world, Action(GridGame.Tool, best)).Player);
    }

    [Theory]
    [MemberData(nameof(Games))]
    public void Reward_OfAnEpisode_SumsToTheSolutionsLength(string name)
    {
        var game = GameOf(name, GridGame.Plan);
        foreach (var task in GridGenerator.Draw(game, new(11, "any"), 30))
        {
            var (world, sum) = (task.ToWorld(), 0.0);
            while (!game.IsDone(world))
            {
                var next = game.Step(world, Action(GridGame.Plan, game.BestMoves(world)[0]));
                (sum, world) = (sum + game.Reward(world, next)!.Value, next);
            }

            Assert.Equal((game.DistanceOf(task.ToWorld()), 1.0), ((int)sum, game.Score(world)));
        }
    }

    [Fact]
    public void IsDone_BoxAtAWall_IsOverWithoutScore()
    {
        var game = new Sokoban(GridGame.Plan);
        var world = new GridTask("", "..../.$@./o.../....").ToWorld();
        Assert.False(game.IsDone(world));
        // Along the upper wall there is no way back, and in the corner none at all.
        var lost = new GridTask("", ".$@./..../o.../....").ToWorld();
        Assert.True(game.IsDone(lost));
        Assert.Equal((0, -3.0), (game.Score(lost), game.Reward(world, lost with { Moves = 1 })));
    }

    [Fact]
    public void FarMove_OfSokoban_IsTheNextPushOfASolution()
    {
        var game = new Sokoban(GridGame.Plan);
        // The walker has to go round the box before it can push it to the right.
        var world = new GridTask("", "....../..$@.o/....../....../....../......").ToWorld();
        Assert.All(game.BestMoves(world), move => Assert.Equal(1, game.FarMove(world, move)));
        Assert.DoesNotContain(1, game.BestMoves(world));
    }

    private static string Moved(GridWorld world)
    {
        var free = Enumerable.Range(0, world.Cells.Length).First(c => world.Cells[c] == GridWorld.Floor && c != world.Player && !world.Boxes.Contains(c));
        var cells = world.Cells.Replace(GridWorld.Target, GridWorld.Floor).ToCharArray();
        cells[free] = GridWorld.Target;
        return new(cells);
    }

    private static string Text(GridGame game, GridWorld world, string role) => game.Observe(world, role).Messages[^1].Text;

    private static Dictionary<string, string> Action(string role, int direction) => new() { [role] = $"{direction}" };

    private static GridGame GameOf(string name, string mover) => name == PlanPath.GameName ? new PlanPath(mover) : new Sokoban(mover);

    [GeneratedRegex("<[^>]+>")]
    private static partial Regex Sign();
}
