namespace AgentTeams.Samples.Arena;

/// <summary>A puzzle as text: rows parted by '/', of '#' wall, '.' floor, 'o' target, '@' the walker, '$' a box; '+' and '*' are these on a target.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Map">The rows.</param>
internal sealed record GridTask(string Id, string Map)
{
    public static GridTask Of(string id, GridWorld world) => new(id, string.Join('/', Enumerable.Range(0, world.Cells.Length / world.Width).Select(row =>
        string.Concat(Enumerable.Range(row * world.Width, world.Width).Select(cell => Sign(world, cell))))));

    /// <summary>The world in which the puzzle begins.</summary>
    public GridWorld ToWorld()
    {
        var signs = Map.Replace("/", "", StringComparison.Ordinal);
        var cells = signs.Replace('@', '.').Replace('$', '.').Replace('+', GridWorld.Target).Replace('*', GridWorld.Target);
        int[] boxes = [.. Enumerable.Range(0, signs.Length).Where(i => signs[i] is '$' or '*')];
        return new(cells, Map.Split('/')[0].Length, signs.AsSpan().IndexOfAny('@', '+'), boxes);
    }

    private static char Sign(GridWorld world, int cell) => (cell == world.Player, world.Boxes.Contains(cell), world.Cells[cell]) switch
    {
        (true, _, GridWorld.Target) => '+',
        (true, _, _) => '@',
        (_, true, GridWorld.Target) => '*',
        (_, true, _) => '$',
        (_, _, var floor) => floor,
    };
}
