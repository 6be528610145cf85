using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace AgentTeams.Tests.Simulation;

/// <summary>A workflow as a tree, from which both the real one is built and the reference interprets.</summary>
internal sealed record SimGraph(int Seed, SimChain Start)
{
    public SimState Initial => new(SimHash.Of(Seed, "initial"));

    public IEnumerable<SimNode> Nodes => Start.All().Select(s => s.Node);

    public override string ToString()
    {
        var text = new StringBuilder();
        Start.Print(text, 1);
        return text.ToString();
    }
}

internal sealed record SimChain(ImmutableArray<SimStep> Steps)
{
    public static SimChain Empty { get; } = new([]);

    public IEnumerable<SimStep> All() => Steps.SelectMany(s => s.Node.Inside.Concat(s.Exits).Concat(s.Route is null ? [] : [s.Route]).SelectMany(c => c.All()).Prepend(s));

    public void Print(StringBuilder text, int indent)
    {
        foreach (var step in Steps)
        {
            text.Append(' ', indent * 2).Append(CultureInfo.InvariantCulture, $"{step.Node.Describe()}{(step.MayGoBack ? " (may go back)" : "")}\n");
            foreach (var inside in step.Node.Inside) PrintPart(text, indent, "inside", inside);
            foreach (var exit in step.Exits) PrintPart(text, indent, "exit", exit);
            if (step.Route is { } route) PrintPart(text, indent, "on error", route);
        }
    }

    private static void PrintPart(StringBuilder text, int indent, string what, SimChain chain)
    {
        text.Append(' ', (indent * 2) + 1).Append(CultureInfo.InvariantCulture, $"{what}:\n");
        chain.Print(text, indent + 1);
    }
}

/// <summary>A node and the ways on from it.</summary>
/// <param name="Node">The node.</param>
/// <param name="Route">What follows a failure, before the next step; null where nothing handles it.</param>
/// <param name="Exits">Chains of which one is gone through before the next step; empty for no choice.</param>
/// <param name="MayGoBack">Whether one more way leads back to the node itself.</param>
internal sealed record SimStep(SimNode Node, SimChain? Route, ImmutableArray<SimChain> Exits, bool MayGoBack)
{
    public bool HasChoice => !Exits.IsEmpty;

    public bool GoesBack(SimState state) => MayGoBack && SimHash.Hits(25, state.Hash, Node.Name, "back");

    public int ExitAfter(SimState state) => SimHash.Of(state.Hash, Node.Name, "exit") % Exits.Length;
}

internal abstract record SimNode(string Name)
{
    public virtual IEnumerable<SimChain> Inside => [];

    public string Kind => GetType().Name["Sim".Length..].ToLowerInvariant();

    public virtual string Describe() => $"{Kind} {Name}";
}

internal sealed record SimPure(string Name) : SimNode(Name);

internal sealed record SimWork(string Name, int Yields, int FailPercent, int HangPercent, int Retries) : SimNode(Name)
{
    public bool Hangs(SimState state) => SimHash.Hits(HangPercent, state.Hash, Name, "hang");

    public bool Fails(SimState state) => SimHash.Hits(FailPercent, state.Hash, Name, "fail");

    public string FaultKey(SimState state) => $"{Name}@{state.Hash}";

    public int Value(SimState state) => SimHash.Of(state.Hash, Name, "value") % 1000;

    public override string Describe() => $"{base.Describe()} (yields {Yields}, fails {FailPercent} %, hangs {HangPercent} %, retries {Retries})";
}

internal sealed record SimHuman(string Name) : SimNode(Name)
{
    public int Answer(int asked) => SimHash.Of(asked, Name, "answer") % 1000;
}

internal sealed record SimBranch(SimChain Chain, int? TakenPercent)
{
    public bool IsTaken(SimState state) => TakenPercent is not { } percent || SimHash.Hits(percent, state.Hash, Chain.Steps[0].Node.Name, "taken");
}

/// <param name="Name">The name.</param>
/// <param name="Branches">The branches.</param>
/// <param name="Needed">How many the join waits for; 0 for those that were taken, -1 for all.</param>
/// <param name="IsMerged">Whether a function of its own makes one state of them.</param>
internal sealed record SimParallel(string Name, ImmutableArray<SimBranch> Branches, int Needed, bool IsMerged) : SimNode(Name)
{
    public override IEnumerable<SimChain> Inside => Branches.Select(b => b.Chain);

    public static SimState Merge(SimState fork, IEnumerable<SimState> branches) => fork.Add($"merged({string.Join('|', branches.Select(b => b.Hash))})");

    public override string Describe() =>
        $"{base.Describe()} (join {Needed}, merged {IsMerged}, taken {string.Join('/', Branches.Select(b => b.TakenPercent?.ToString(CultureInfo.InvariantCulture) ?? "always"))})";
}

internal sealed record SimLoop(string Name, SimChain Round, int MaxRounds, bool FailsAtLimit) : SimNode(Name)
{
    public override IEnumerable<SimChain> Inside => [Round];

    public bool IsDone(SimState state) => SimHash.Hits(50, state.Hash, Name, "until");

    public override string Describe() => $"{base.Describe()} (at most {MaxRounds}, fails {FailsAtLimit})";
}

internal sealed record SimSub(string Name, SimChain Start) : SimNode(Name)
{
    public override IEnumerable<SimChain> Inside => [Start];
}

internal sealed record SimMap(string Name, SimChain Start, int MaxItems, int Concurrency, bool SkipsFailed, bool IsKeyed) : SimNode(Name)
{
    public override IEnumerable<SimChain> Inside => [Start];

    public string[] Items(SimState state) =>
        [.. Enumerable.Range(0, SimHash.Of(state.Hash, Name, "items") % (MaxItems + 1)).Select(i => string.Create(CultureInfo.InvariantCulture, $"{i}:{state.Hash}"))];

    public string KeyOf(string item) => IsKeyed ? $"k{item[0]}" : item[..1];

    public override string Describe() => $"{base.Describe()} (up to {MaxItems} items, {Concurrency} at a time, skips {SkipsFailed})";
}
