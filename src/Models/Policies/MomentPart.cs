using System.Globalization;

namespace AgentTeams.Models;

/// <summary>
/// A part of an optimiser's moments as a tensor of its own. There is one part, but where it would have more values than a dimension may: then
/// there are several, numbered.
/// </summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="From">Where it lies among the moments.</param>
/// <param name="Count">How many moments it has.</param>
internal sealed record MomentPart(string Name, long From, int Count)
{
    private const int Most = 1 << 30;

    /// <summary>The first and second moments of a set.</summary>
    public static IReadOnlyList<string> Names { get; } = ["first_moment", "second_moment"];

    /// <summary>The parts of moments.</summary>
    public static IEnumerable<MomentPart> Of(string name, long count) => count <= int.MaxValue
        ? [new(name, 0, (int)count)]
        : Enumerable.Range(0, (int)((count + Most - 1) / Most)).Select(i =>
            new MomentPart(string.Create(CultureInfo.InvariantCulture, $"{name}.{i}"), (long)i * Most, (int)Math.Min(Most, count - (long)i * Most)));

    /// <summary>Refuses a file that does not hold the moments of a set of so many parameters.</summary>
    public static void Check(SafeTensorsFile file, long count)
    {
        foreach (var part in Names.SelectMany(n => Of(n, count))) file.Check(part.Name, [part.Count]);
    }
}
