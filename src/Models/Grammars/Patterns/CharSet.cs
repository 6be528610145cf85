using System.Globalization;

namespace AgentTeams.Models;

/// <summary>
/// A set of characters of the basic plane, as ranges in ascending order that do not touch. Text around a pattern is marked by
/// <see cref="Begin"/> and <see cref="End"/>, which are characters of no text.
/// </summary>
internal sealed class CharSet
{
    /// <summary>Stands before a text, so that an anchor is a character like any other.</summary>
    public const int Begin = 0x110000;

    /// <summary>Stands after a text.</summary>
    public const int End = 0x110001;

    private const int LastBeforeSurrogates = 0xD7FF, FirstAfterSurrogates = 0xE000, Last = 0xFFFF;

    private CharSet(List<(int Low, int High)> ranges) => Ranges = ranges;

    /// <summary>All characters that a text may hold.</summary>
    public static CharSet All { get; } = Of((0, Last));

    public IReadOnlyList<(int Low, int High)> Ranges { get; }

    /// <summary>Equal for equal sets.</summary>
    public string Key => string.Join(',', Ranges.Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.Low:x}-{r.High:x}")));

    public static CharSet Mark(int mark) => new([(mark, mark)]);

    /// <summary>A set of ranges in any order; halves of surrogate pairs are left out.</summary>
    public static CharSet Of(params IEnumerable<(int Low, int High)> ranges)
    {
        var merged = new List<(int Low, int High)>();
        foreach (var (low, high) in ranges.SelectMany(r =>
            ((int, int)[])[(r.Low, Math.Min(r.High, LastBeforeSurrogates)), (Math.Max(r.Low, FirstAfterSurrogates), Math.Min(r.High, Last))])
            .Where(r => r.Item1 <= r.Item2).Order())
        {
            if (merged.Count > 0 && low <= merged[^1].High + 1) merged[^1] = (merged[^1].Low, Math.Max(merged[^1].High, high));
            else merged.Add((low, high));
        }

        return new(merged);
    }

    /// <summary>All characters with a property.</summary>
    public static CharSet Where(Func<char, bool> has) => Of(Enumerable.Range(0, Last + 1).Where(c => has((char)c)).Select(c => (c, c)));

    public CharSet Or(CharSet other) => Of(Ranges.Concat(other.Ranges));

    public CharSet Not()
    {
        var gaps = new List<(int, int)>();
        var from = 0;
        foreach (var (low, high) in Ranges)
        {
            gaps.Add((from, low - 1));
            from = high + 1;
        }

        gaps.Add((from, Last));
        return Of(gaps.Where(g => g.Item1 <= g.Item2));
    }
}
