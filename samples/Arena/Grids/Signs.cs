using System.Globalization;

namespace AgentTeams.Samples.Arena;

/// <summary>What roles read: each sign is one token.</summary>
internal static class Signs
{
    private const int Far = 9;
    private const int MostVisits = 3;

    /// <summary>All signs.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. from thing in "gb" from axis in "xy" from d in Enumerable.Range(-Far, 2 * Far + 1) select Offset(thing, axis, d),
        .. from d in Enumerable.Range(0, Directions.Count) from what in (string[])["w", "b", "0", "1", "2", "3"] select Beside(d, what),
        .. from mask in Enumerable.Range(0, 16) from thing in "ck" select Mask(thing, mask),
        .. from d in MovesOrNone from blocked in (bool[])[false, true] select LastMove(d, blocked),
        .. MovesOrNone.Select(Proposal),
    ];

    private static IEnumerable<int?> MovesOrNone => [null, .. Enumerable.Range(0, Directions.Count).Select(d => (int?)d)];

    public static string Offset(char thing, GridWorld world, int from, int to) =>
        Offset(thing, 'x', to % world.Width - from % world.Width) + Offset(thing, 'y', to / world.Width - from / world.Width);

    /// <summary>What is beside the walker: a wall, a box, or a floor and how often it stood there; and which of the corners are walls.</summary>
    public static string Around(GridWorld world)
    {
        var sides = string.Concat(Enumerable.Range(0, Directions.Count).Select(d =>
        {
            var cell = Directions.Next(world, world.Player, d);
            return Beside(d, !world.IsFree(cell) ? "w" : world.Boxes.Contains(cell) ? "b" : Math.Min(MostVisits, world.Trail.Count(c => c == cell)).ToString(CultureInfo.InvariantCulture));
        }));
        var corners = Enumerable.Range(0, Directions.Count).Where(d => Corner(world, d) is var cell && !world.IsFree(cell)).Sum(d => 1 << d);
        return sides + Mask('c', corners);
    }

    /// <summary>On which sides of a cell there are walls.</summary>
    public static string WallsAt(GridWorld world, int cell) =>
        Mask('k', Enumerable.Range(0, Directions.Count).Where(d => !world.IsFree(Directions.Next(world, cell, d))).Sum(d => 1 << d));

    public static string LastMove(int? direction, bool wasBlocked) => string.Create(CultureInfo.InvariantCulture, $"<m{(direction is { } d ? d : "-")}{(wasBlocked ? "!" : "")}>");

    public static string Proposal(int? direction) => string.Create(CultureInfo.InvariantCulture, $"<p{(direction is { } d ? d : "-")}>");

    private static int Corner(GridWorld world, int direction) =>
        Directions.Next(world, world.Player, direction) is >= 0 and var beside ? Directions.Next(world, beside, (direction + 1) % Directions.Count) : -1;

    private static string Offset(char thing, char axis, int distance) => string.Create(CultureInfo.InvariantCulture, $"<{thing}{axis}{distance}>");

    private static string Beside(int direction, string what) => string.Create(CultureInfo.InvariantCulture, $"<n{direction}{what}>");

    private static string Mask(char thing, int mask) => string.Create(CultureInfo.InvariantCulture, $"<{thing}{mask}>");
}
