using AgentTeams.Samples.Arena;

namespace AgentTeams.Tests;

public sealed class GridGeneratorTests
{
    public static TheoryData<string> Games => ["plan-path", "sokoban", "two boxes"];

    [Theory]
    [MemberData(nameof(Games))]
    public void Draw_AnyPuzzle_IsSolvedByItsShortestSolution(string name)
    {
        var game = GameOf(name);
        foreach (var task in GridGenerator.Draw(game, new(3, "any"), 100))
        {
            var world = task.ToWorld();
            var moves = game.DistanceOf(world)!.Value;
            Assert.InRange(moves, game.Solution.Least, game.Solution.Most);
            for (var i = 0; i < moves; i++)
            {
                Assert.False(game.IsDone(world));
                world = world.Move(game.BestMoves(world)[^1]);
                Assert.False(world.WasBlocked);
            }

            Assert.True(world.IsSolved, task.Map);
        }
    }

    [Theory]
    [MemberData(nameof(Games))]
    public void Draw_EqualKeys_GiveEqualPuzzles(string name)
    {
        Assert.Equal(GridGenerator.Draw(GameOf(name), new(5, "any"), 20), GridGenerator.Draw(GameOf(name), new(5, "any"), 20));
        Assert.NotEqual(GridGenerator.Draw(GameOf(name), new(5, "any"), 20), GridGenerator.Draw(GameOf(name), new(6, "any"), 20));
    }

    [Theory]
    [MemberData(nameof(Games))]
    public void Draw_Puzzles_AreDifferentAndNoneOfThoseLeftOut(string name)
    {
        var practised = GridGenerator.Draw(GameOf(name), new(1, "any"), 60);
        var held = GridGenerator.Draw(GameOf(name), new(1, "any"), 40, practised);
        Assert.Equal(100, practised.Concat(held).Select(t => t.Map).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Games))]
    public void ToWorld_AnyPuzzle_ReadsWhatItsMapSays(string name) =>
        Assert.All(GridGenerator.Draw(GameOf(name), new(2, "any"), 50), t => Assert.Equal(t, GridTask.Of(t.Id, t.ToWorld())));

    private static GridGame GameOf(string name) => name switch
    {
        PlanPath.GameName => new PlanPath(GridGame.Plan),
        Sokoban.GameName => new Sokoban(GridGame.Plan),
        _ => new TwoBoxes(),
    };

    private sealed class TwoBoxes() : GridGame("two boxes", Plan)
    {
        public override int Width => 6;

        public override int Boxes => 2;

        public override double WallShare => 0.1;

        public override (int Least, int Most) Solution => (4, 40);

        public override int FarMove(GridWorld world, int move) => move;

        protected override string FarView(GridWorld world) => "";

        protected override string NearView(GridWorld world) => "";
    }
}
