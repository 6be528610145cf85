using System.Globalization;

namespace AgentTeams.Samples.Arena;

/// <summary>
/// What is shown before any reward, the same to every row of the comparison: shortest solutions. Each role sees what it would see alone, so nobody is shown
/// how to work together.
/// </summary>
internal static class Lessons
{
    // Now and then a move at random, so that what is off the shortest way is seen too.
    private const double Wander = 0.3;

    /// <summary>The lessons of some puzzles.</summary>
    /// <param name="game">The game.</param>
    /// <param name="tasks">The puzzles.</param>
    /// <param name="key">Decides which of several shortest solutions is shown, and the wandering.</param>
    public static IEnumerable<SftExample> Of(GridGame game, IEnumerable<GridTask> tasks, SeedKey key)
    {
        foreach (var task in tasks)
        {
            var random = (key with { Task = task.Id }).ToRandom();
            var world = task.ToWorld();
            for (var i = 0; i < GridGame.MoveLimit && !game.IsDone(world); i++)
            {
                var best = game.BestMoves(world);
                var move = best[random.Next(best.Count)];
                yield return Of(GridGame.Tool, game.FarMove(world, move));
                yield return Of(GridGame.Plan, move);
                yield return Of(GridGame.Both, move);
                var wandered = world.Move(random.NextDouble() < Wander ? random.Next(Directions.Count) : move);
                world = game.DistanceOf(wandered) is null ? world.Move(move) : wandered;
            }

            SftExample Of(string role, int move) => new(role, game.Observe(world, role), move.ToString(CultureInfo.InvariantCulture));
        }
    }
}
