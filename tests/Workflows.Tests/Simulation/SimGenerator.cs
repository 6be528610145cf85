using System.Collections.Immutable;
using System.Globalization;

namespace AgentTeams.Tests.Simulation;

/// <summary>Makes a graph from a seed.</summary>
internal sealed class SimGenerator
{
    private const int MaxDepth = 3;
    private readonly Random _random;
    private readonly bool _usesClock;
    private int _names;
    private int _left;

    private SimGenerator(int seed)
    {
        _random = new(seed);
        // A map that fails stops its other items on another thread, so that nobody could tell when it is time for the clock to go on.
        _usesClock = Hits(40);
        _left = _random.Next(4, 24);
    }

    public static SimGraph Generate(int seed)
    {
        var generator = new SimGenerator(seed);
        return new(seed, generator.Chain(0, 1, 5));
    }

    private SimChain Chain(int depth, int fewest, int most)
    {
        var length = _random.Next(fewest, most + 1);
        return length == 0 ? SimChain.Empty : new([.. Enumerable.Range(0, length).TakeWhile(i => i < Math.Max(fewest, 1) || _left > 0).Select(_ => Step(depth))]);
    }

    private SimStep Step(int depth)
    {
        var node = Node(depth);
        var canFail = node is not (SimPure or SimHuman);
        var route = canFail && Hits(40) ? Chain(MaxDepth, 0, 1) : null;
        ImmutableArray<SimChain> exits = _left > 0 && Hits(15) ? [.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => Chain(depth + 1, 0, 2))] : [];
        return new(node, route, exits, MayGoBack: !exits.IsEmpty && Hits(30) && node is not (SimParallel or SimLoop));
    }

    private SimNode Node(int depth)
    {
        _left--;
        var name = string.Create(CultureInfo.InvariantCulture, $"n{_names++}");
        var kind = depth >= MaxDepth || _left <= 0 ? _random.Next(50) : _random.Next(100);
        return kind switch
        {
            < 12 => new SimPure(name),
            < 44 => Work(name),
            < 50 => new SimHuman(name),
            < 74 => Parallel(name, depth),
            < 84 => new SimLoop(name, Chain(depth + 1, 1, 3), _random.Next(1, 4), Hits(30)),
            < 91 => new SimSub(name, Chain(depth + 1, 1, 3)),
            _ => new SimMap(name, Chain(depth + 1, 1, 2), _random.Next(0, 4), _random.Next(1, 4), _usesClock || Hits(50), Hits(30)),
        };
    }

    private SimWork Work(string name) => new(
        name, _random.Next(0, 3), Hits(35) ? _random.Next(20, 101) : 0, _usesClock && Hits(20) ? _random.Next(20, 101) : 0, _usesClock && Hits(20) ? 1 : 0);

    private SimParallel Parallel(string name, int depth)
    {
        var branches = new SimBranch[_random.Next(1, 5)];
        var needed = _random.Next(4) switch
        {
            0 => -1,
            1 => 0,
            2 => 1,
            _ => _random.Next(1, branches.Length + 1),
        };
        for (var i = 0; i < branches.Length; i++) branches[i] = new(Chain(depth + 1, 1, 3), needed >= 0 && Hits(25) ? 60 : null);
        return new(name, [.. branches], needed, Hits(15));
    }

    private bool Hits(int percent) => _random.Next(100) < percent;
}
