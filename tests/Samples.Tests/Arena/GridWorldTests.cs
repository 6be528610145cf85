using AgentTeams.Samples.Arena;

namespace AgentTeams.Tests;

public sealed class GridWorldTests
{
    private const int Up = 0;
    private const int Right = 1;
    private const int Down = 2;
    private const int Left = 3;

    [Theory]
    [InlineData("@.o", Right, ".@o")]
    [InlineData("o.@", Left, "o@.")]
    [InlineData("@/./o", Down, "./@/o")]
    [InlineData("o/./@", Up, "o/@/.")]
    [InlineData("@$.o", Right, ".@$o")]
    [InlineData("@$o", Right, ".@*")]
    [InlineData("@*.", Right, ".+$")]
    [InlineData("+.$", Right, "o@$")]
    [InlineData("o.$@", Left, "o$@.")]
    public void Move_WayFree_StepsOrPushes(string before, int direction, string after)
    {
        var moved = Move(before, direction);
        Assert.Equal(after, GridTask.Of("", moved).Map);
        Assert.Equal((1, direction, false), (moved.Moves, moved.LastMove, moved.WasBlocked));
    }

    [Theory]
    [InlineData("@#o", Right)]
    [InlineData("@.o", Left)]
    [InlineData("@.o", Up)]
    [InlineData("@.o", Down)]
    [InlineData("@$#o", Right)]
    [InlineData("o@$", Right)]
    [InlineData("@$$.oo", Right)]
    [InlineData("@$*.o", Right)]
    public void Move_WayBarred_LosesTheMove(string map, int direction)
    {
        var moved = Move(map, direction);
        Assert.Equal(map, GridTask.Of("", moved).Map);
        Assert.Equal((1, direction, true), (moved.Moves, moved.LastMove, moved.WasBlocked));
    }

    [Fact]
    public void Move_AtRandom_KeepsTheRules()
    {
        var random = new Random(4);
        foreach (var task in GridGenerator.Draw(new Sokoban(GridGame.Plan), new(4, "any"), 100))
        {
            var world = task.ToWorld();
            for (var i = 0; i < 60; i++)
            {
                var direction = random.Next(Directions.Count);
                var next = world.Move(direction);
                Assert.True(next.IsFree(next.Player) && next.Boxes.All(next.IsFree) && !next.Boxes.Contains(next.Player));
                Assert.Equal((world.Cells, world.Boxes.Count), (next.Cells, next.Boxes.Distinct().Count()));
                var ahead = Directions.Next(world, world.Player, direction);
                Assert.Equal(next.WasBlocked ? world.Player : ahead, next.Player);
                // A box moves where the walker walks into it, and by one cell in the same direction.
                Assert.Equal(world.Boxes.Select(b => b == ahead && !next.WasBlocked ? Directions.Next(world, b, direction) : b), next.Boxes);
                world = next;
            }
        }
    }

    [Theory]
    [InlineData("@.o", 2)]
    [InlineData("@.#/..#/#.o", 4)]
    [InlineData("@$.o", 2)]
    [InlineData("$@.o", null)]
    [InlineData("@#o", null)]
    public void Distances_OfAMap_AreTheFewestMoves(string map, int? moves) => Assert.Equal(moves, Distances.Of(new GridTask("", map).ToWorld())[new GridTask("", map).ToWorld()]);

    [Theory]
    [InlineData("@...$/.$.../..#.o/o..../.....")]
    [InlineData("@..../.$.../..#../..o../.....")]
    public void Distances_OfEveryReachableState_AreThoseOfASearchForwards(string map)
    {
        var start = new GridTask("", map).ToWorld();
        var distances = Distances.Of(start);
        var reached = new Dictionary<string, GridWorld> { [Key(start)] = start };
        var open = new Queue<GridWorld>([start]);
        while (open.TryDequeue(out var world))
        {
            for (var d = 0; d < Directions.Count; d++)
                if (reached.TryAdd(Key(world.Move(d)), world.Move(d))) open.Enqueue(world.Move(d));
        }

        Assert.True(reached.Count > 200);
        foreach (var world in reached.Values)
        {
            var next = Enumerable.Range(0, Directions.Count).Select(d => distances[world.Move(d)]).Where(m => m is not null).Min();
            Assert.Equal(world.IsSolved ? 0 : next + 1, distances[world]);
        }

        static string Key(GridWorld world) => $"{world.Player} {string.Join(' ', world.Boxes)}";
    }

    private static GridWorld Move(string map, int direction) => new GridTask("", map).ToWorld().Move(direction);
}
