namespace AgentTeams.Samples.Arena;

/// <summary>A grid with a walker and boxes. Beyond its edge there are walls.</summary>
/// <param name="Cells">The cells, row by row.</param>
/// <param name="Width">Cells in a row.</param>
/// <param name="Player">The walker's cell.</param>
/// <param name="Boxes">The boxes' cells; none where the walker itself has to reach the target.</param>
internal sealed record GridWorld(string Cells, int Width, int Player, IReadOnlyList<int> Boxes)
{
    public const char Wall = '#';
    public const char Floor = '.';
    public const char Target = 'o';

    /// <summary>Moves made, those against walls included.</summary>
    public int Moves { get; init; }

    /// <summary>The direction of the last move; null before the first.</summary>
    public int? LastMove { get; init; }

    /// <summary>Whether the last move led nowhere.</summary>
    public bool WasBlocked { get; init; }

    /// <summary>What the proposing role said this turn; null where nobody proposes.</summary>
    public int? Proposal { get; init; }

    /// <summary>Cells that the walker stood on since a box was moved last, the newest last.</summary>
    public IReadOnlyList<int> Trail { get; init; } = [];

    public bool IsSolved => Boxes.Count == 0 ? Cells[Player] == Target : Boxes.All(b => Cells[b] == Target);

    /// <summary>What the walker's move makes of the world: a step, a push, or nothing but a lost move.</summary>
    public GridWorld Move(int direction)
    {
        var moved = this with { Moves = Moves + 1, LastMove = direction, WasBlocked = true, Proposal = null };
        var to = Directions.Next(this, Player, direction);
        if (!IsFree(to)) return moved;
        var box = IndexOf(to);
        if (box < 0) return moved with { Player = to, WasBlocked = false, Trail = [.. Trail, Player] };
        var beyond = Directions.Next(this, to, direction);
        return !IsFree(beyond) || IndexOf(beyond) >= 0 ? moved
            : moved with { Player = to, WasBlocked = false, Trail = [], Boxes = [.. Boxes.Select((b, i) => i == box ? beyond : b)] };
    }

    /// <summary>Whether a cell is within the grid and no wall; boxes do not count.</summary>
    public bool IsFree(int cell) => cell >= 0 && Cells[cell] != Wall;

    private int IndexOf(int cell)
    {
        for (var i = 0; i < Boxes.Count; i++) if (Boxes[i] == cell) return i;
        return -1;
    }
}

/// <summary>The four moves: up, right, down, left, each an answer of one digit.</summary>
internal static class Directions
{
    public const int Count = 4;

    private static readonly (int X, int Y)[] s_steps = [(0, -1), (1, 0), (0, 1), (-1, 0)];

    public static int Opposite(int direction) => (direction + 2) % Count;

    /// <summary>The cell beside another one; -1 beyond the edge.</summary>
    public static int Next(GridWorld world, int cell, int direction) => Next(world.Width, world.Cells.Length, cell, direction);

    public static int Next(int width, int count, int cell, int direction)
    {
        var (x, y) = (cell % width + s_steps[direction].X, cell / width + s_steps[direction].Y);
        return x < 0 || x >= width || y < 0 || y * width >= count ? -1 : y * width + x;
    }
}
