using System.Collections.Concurrent;
using System.Globalization;

namespace AgentTeams.Samples.Arena;

/// <summary>
/// A puzzle on a grid as an environment. One role's answers move the walker. Where a second one plays, it speaks first, and what it says is a proposal that the
/// moving role reads and may follow or not. The <c>tool</c> knows where things have to go and nothing of the walls; the <c>plan</c> sees what is around and
/// nothing of the target.
/// </summary>
/// <param name="name">The game.</param>
/// <param name="mover">The role whose answers are moves.</param>
internal abstract class GridGame(string name, string mover) : TeamEnvironment<GridTask, GridWorld>(name)
{
    public const string Tool = "tool";
    public const string Plan = "plan";

    /// <summary>A control: one role that sees what the other two see together.</summary>
    public const string Both = "both";

    // What it costs to make a puzzle unsolvable, in moves.
    private const int Lost = 3;
    private readonly ConcurrentDictionary<string, Distances> _distances = new(StringComparer.Ordinal);

    /// <summary>Cells in a row, and rows.</summary>
    public abstract int Width { get; }

    public abstract int Boxes { get; }

    /// <summary>The share of cells that are walls.</summary>
    public abstract double WallShare { get; }

    /// <summary>The length of the shortest solutions of the puzzles that are drawn.</summary>
    public abstract (int Least, int Most) Solution { get; }

    /// <summary>The moves that a team may make.</summary>
    public const int MoveLimit = 24;

    public override GridWorld Reset(GridTask task, Random random) => task.ToWorld();

    public override Prompt Observe(GridWorld world, string role) => role switch
    {
        Tool => FarView(world),
        Plan => NearView(world) + Signs.LastMove(world.LastMove, world.WasBlocked) + Signs.Proposal(world.Proposal),
        _ => FarView(world) + NearView(world) + Signs.LastMove(world.LastMove, world.WasBlocked),
    };

    public override GridWorld Step(GridWorld world, IReadOnlyDictionary<string, string> actions) =>
        actions.TryGetValue(mover, out var move) ? world.Move(Parse(move)) : world with { Proposal = Parse(actions[Tool]) };

    /// <summary>A puzzle that cannot be solved any more is over too.</summary>
    public override bool IsDone(GridWorld world) => world.IsSolved || DistanceOf(world) is null;

    public override double Score(GridWorld world) => world.IsSolved ? 1 : 0;

    /// <summary>By how many moves the solution came nearer; nothing for a proposal.</summary>
    public override double? Reward(GridWorld before, GridWorld after) => before.Moves == after.Moves ? null : DistanceOf(before) - DistanceOf(after) ?? -Lost;

    /// <summary>The moves with which shortest solutions go on.</summary>
    public IReadOnlyList<int> BestMoves(GridWorld world) => [.. DistancesOf(world).Best(world)];

    /// <summary>The fewest moves that are left; null where there is no solution.</summary>
    public int? DistanceOf(GridWorld world) => DistancesOf(world)[world];

    /// <summary>What a shortest solution that goes on with a move does next of what is the tool's business.</summary>
    public abstract int FarMove(GridWorld world, int move);

    /// <summary>Where the target is, without what lies between.</summary>
    protected abstract string FarView(GridWorld world);

    /// <summary>What is around, without the target.</summary>
    protected abstract string NearView(GridWorld world);

    protected static int TargetOf(GridWorld world) => world.Cells.IndexOf(GridWorld.Target, StringComparison.Ordinal);

    private static int Parse(string move) => int.Parse(move, NumberStyles.None, CultureInfo.InvariantCulture);

    private Distances DistancesOf(GridWorld world) => _distances.GetOrAdd(world.Cells, _ => Distances.Of(world));
}

/// <summary>A way through a grid of 10 x 10 with walls.</summary>
internal sealed class PlanPath(string mover) : GridGame(GameName, mover)
{
    public const string GameName = "plan-path";

    public override int Width => 10;

    public override int Boxes => 0;

    public override double WallShare => 0.35;

    public override (int Least, int Most) Solution => (8, 16);

    public override int FarMove(GridWorld world, int move) => move;

    protected override string FarView(GridWorld world) => Signs.Offset('g', world, world.Player, TargetOf(world));

    protected override string NearView(GridWorld world) => Signs.Around(world);
}

/// <summary>Sokoban on a grid of 6 x 6: a box has to be pushed onto its target.</summary>
internal sealed class Sokoban(string mover) : GridGame(GameName, mover)
{
    public const string GameName = "sokoban";

    public override int Width => 6;

    public override int Boxes => 1;

    public override double WallShare => 0.12;

    public override (int Least, int Most) Solution => (4, 14);

    /// <summary>The direction of the next push; how to walk there is the plan's business.</summary>
    public override int FarMove(GridWorld world, int move)
    {
        var next = world.Move(move);
        while (next.Boxes[0] == world.Boxes[0])
        {
            (world, move) = (next, BestMoves(next)[0]);
            next = world.Move(move);
        }

        return move;
    }

    protected override string FarView(GridWorld world) => Signs.Offset('g', world, world.Boxes[0], TargetOf(world));

    protected override string NearView(GridWorld world) => Signs.Offset('b', world, world.Player, world.Boxes[0]) + Signs.Around(world) + Signs.WallsAt(world, world.Boxes[0]);
}
