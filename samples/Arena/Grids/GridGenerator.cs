using System.Globalization;

namespace AgentTeams.Samples.Arena;

/// <summary>Draws puzzles; equal keys give equal ones, and every one can be solved.</summary>
internal static class GridGenerator
{
    /// <summary>Different puzzles of a game.</summary>
    /// <param name="game">The game.</param>
    /// <param name="key">Decides the draws.</param>
    /// <param name="count">How many.</param>
    /// <param name="without">Puzzles that must not be among them.</param>
    public static IReadOnlyList<GridTask> Draw(GridGame game, SeedKey key, int count, IEnumerable<GridTask>? without = null)
    {
        var taken = (without ?? []).Select(t => t.Map).ToHashSet(StringComparer.Ordinal);
        var random = (key with { Task = game.Name }).ToRandom();
        var tasks = new List<GridTask>();
        while (tasks.Count < count)
        {
            var world = game.Boxes == 0 ? Maze(game, random) : PlayedBackwards(game, random);
            if (world is null || Distances.Of(world)[world] is not { } moves || moves < game.Solution.Least || moves > game.Solution.Most) continue;
            var task = GridTask.Of(string.Create(CultureInfo.InvariantCulture, $"{key.Stage}-{tasks.Count}"), world);
            if (taken.Add(task.Map)) tasks.Add(task);
        }

        return tasks;
    }

    private static GridWorld? Maze(GridGame game, Random random)
    {
        var cells = Walls(game, random);
        int[] free = [.. Enumerable.Range(0, cells.Length).Where(c => cells[c] == GridWorld.Floor)];
        random.Shuffle(free);
        cells[free[0]] = GridWorld.Target;
        return new(new(cells), game.Width, free[1], []);
    }

    // Boxes begin on their targets, and the walker pulls them away. Every pull is a push in the other direction, so the way back solves it.
    private static GridWorld? PlayedBackwards(GridGame game, Random random)
    {
        var cells = Walls(game, random);
        int[] free = [.. Enumerable.Range(0, cells.Length).Where(c => cells[c] == GridWorld.Floor)];
        random.Shuffle(free);
        foreach (var target in free[..game.Boxes]) cells[target] = GridWorld.Target;
        var world = new GridWorld(new(cells), game.Width, free[game.Boxes], [.. free[..game.Boxes].Order()]);
        for (var i = 0; i < 60; i++) world = StepBack(world, random.Next(Directions.Count), pulls: random.Next(4) > 0);
        return world.Boxes.Any(b => world.Cells[b] == GridWorld.Target) ? null : world with { Boxes = [.. world.Boxes.Order()] };
    }

    private static GridWorld StepBack(GridWorld world, int direction, bool pulls)
    {
        var to = Directions.Next(world, world.Player, direction);
        if (!world.IsFree(to) || world.Boxes.Contains(to)) return world;
        var behind = Directions.Next(world, world.Player, Directions.Opposite(direction));
        return world with { Player = to, Boxes = pulls && behind >= 0 ? [.. world.Boxes.Select(b => b == behind ? world.Player : b)] : world.Boxes };
    }

    private static char[] Walls(GridGame game, Random random) =>
        [.. Enumerable.Range(0, game.Width * game.Width).Select(_ => random.NextDouble() < game.WallShare ? GridWorld.Wall : GridWorld.Floor)];
}
