namespace AgentTeams.Samples.Arena;

/// <summary>How many moves a puzzle needs from every state, by a search backwards from all of its solved states.</summary>
internal sealed class Distances
{
    private readonly short[] _moves;
    private readonly int _cells;

    private Distances(short[] moves, int cells) => (_moves, _cells) = (moves, cells);

    /// <summary>The distances of a world's grid, for as many boxes as it has.</summary>
    public static Distances Of(GridWorld world)
    {
        var (n, width, boxes) = (world.Cells.Length, world.Width, world.Boxes.Count);
        var moves = new short[(int)Math.Pow(n, boxes + 1)];
        Array.Fill(moves, (short)-1);
        var found = new Distances(moves, n);
        var next = new int[n * Directions.Count];
        for (var i = 0; i < next.Length; i++)
        {
            var to = Directions.Next(width, n, i / Directions.Count, i % Directions.Count);
            next[i] = world.IsFree(to) ? to : -1;
        }

        var queue = new Queue<int>();
        foreach (var state in found.Solved(world))
        {
            moves[state] = 0;
            queue.Enqueue(state);
        }

        var at = new int[boxes];
        while (queue.TryDequeue(out var state))
        {
            var player = state % n;
            for (int b = 0, rest = state / n; b < boxes; b++, rest /= n) at[b] = rest % n;
            for (var direction = 0; direction < Directions.Count; direction++)
            {
                // The walker came from the cell behind it, with or without a box before it.
                var from = next[player * Directions.Count + Directions.Opposite(direction)];
                if (from < 0 || Array.IndexOf(at, from) >= 0) continue;
                Visit(found.Index(from, at), state);
                var pushed = next[player * Directions.Count + direction] is >= 0 and var ahead ? Array.IndexOf(at, ahead) : -1;
                if (pushed < 0) continue;
                var box = at[pushed];
                at[pushed] = player;
                Visit(found.Index(from, at), state);
                at[pushed] = box;
            }
        }

        return found;

        void Visit(int before, int after)
        {
            if (moves[before] >= 0) return;
            moves[before] = (short)(moves[after] + 1);
            queue.Enqueue(before);
        }
    }

    /// <summary>The fewest moves to a solution; null where there is none.</summary>
    public int? this[GridWorld world] => _moves[Index(world.Player, world.Boxes)] is >= 0 and var moves ? moves : null;

    /// <summary>The moves of shortest solutions.</summary>
    public IEnumerable<int> Best(GridWorld world) => Enumerable.Range(0, Directions.Count).Where(d => this[world.Move(d)] is { } after && after == this[world] - 1);

    private int Index(int player, IReadOnlyList<int> boxes)
    {
        var index = 0;
        for (var b = boxes.Count - 1; b >= 0; b--) index = (index + boxes[b]) * _cells;
        return index + player;
    }

    private IEnumerable<int> Solved(GridWorld world)
    {
        int[] targets = [.. Enumerable.Range(0, _cells).Where(c => world.Cells[c] == GridWorld.Target)];
        int[] standable = [.. Enumerable.Range(0, _cells).Where(world.IsFree)];
        IEnumerable<int[]> placed = [[]];
        for (var b = 0; b < world.Boxes.Count; b++) placed = [.. placed.SelectMany(p => targets.Except(p).Select(t => (int[])[.. p, t]))];
        return world.Boxes.Count == 0 ? targets : placed.SelectMany(p => standable.Except(p).Select(player => Index(player, p)));
    }
}
