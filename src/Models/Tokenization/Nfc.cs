using System.Globalization;
using System.Text;

namespace AgentTeams.Models;

/// <summary>Unicode normalisation form C (Unicode Standard Annex 15), the same on every machine.</summary>
internal static class Nfc
{
    private const int Syllables = 0xAC00, Leads = 0x1100, Vowels = 0x1161, Tails = 0x11A7, LeadCount = 19, VowelCount = 21, TailCount = 28;
    private const int None = -1;

    private static readonly Dictionary<int, (int First, int Second)> s_decompositions = [];
    private static readonly Dictionary<(int First, int Second), int> s_compositions = [];
    private static readonly Dictionary<int, int> s_classes = [];
    private static readonly HashSet<int> s_unsettled = [];

    static Nfc()
    {
        foreach (var entry in NfcData.Decompositions.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            var split = entry.AsSpan().IndexOfAny('=', '!');
            var code = Hex(entry.AsSpan(0, split));
            var parts = entry[(split + 1)..].Split('+');
            var (first, second) = (Hex(parts[0]), parts.Length == 1 ? None : Hex(parts[1]));
            s_decompositions[code] = (first, second);
            if (second == None || entry[split] == '!')
            {
                s_unsettled.Add(code);
            }
            else
            {
                s_compositions[(first, second)] = code;
                s_unsettled.Add(second);
            }
        }

        foreach (var entry in NfcData.CombiningClasses.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            var (colon, dash) = (entry.IndexOf(':', StringComparison.Ordinal), entry.IndexOf('-', StringComparison.Ordinal));
            var from = Hex(entry.AsSpan(0, dash < 0 ? colon : dash));
            var to = dash < 0 ? from : Hex(entry.AsSpan(dash + 1, colon - dash - 1));
            for (var code = from; code <= to; code++)
            {
                s_classes[code] = int.Parse(entry.AsSpan(colon + 1), CultureInfo.InvariantCulture);
                s_unsettled.Add(code);
            }
        }

        s_unsettled.UnionWith(Enumerable.Range(Vowels, VowelCount));
        s_unsettled.UnionWith(Enumerable.Range(Tails + 1, TailCount - 1));
    }

    /// <summary>The normalised text; what is no well-formed UTF-16 becomes U+FFFD wherever anything changes.</summary>
    public static string Normalize(ReadOnlySpan<char> text)
    {
        if (IsSettled(text)) return text.ToString();
        var scalars = new List<int>(text.Length + 16);
        foreach (var rune in text.EnumerateRunes()) Decompose(rune.Value, scalars);
        Reorder(scalars);
        return Compose(scalars);
    }

    private static bool IsSettled(ReadOnlySpan<char> text)
    {
        // Nothing below the combining marks composes or decomposes.
        var start = text.IndexOfAnyExceptInRange('\0', '\u02FF');
        if (start < 0) return true;
        foreach (var rune in text[start..].EnumerateRunes())
        {
            if (rune.Value >= 0x300 && s_unsettled.Contains(rune.Value)) return false;
        }

        return true;
    }

    private static void Decompose(int code, List<int> into)
    {
        var syllable = code - Syllables;
        if (syllable is >= 0 and < LeadCount * VowelCount * TailCount)
        {
            into.Add(Leads + syllable / (VowelCount * TailCount));
            into.Add(Vowels + syllable / TailCount % VowelCount);
            if (syllable % TailCount != 0) into.Add(Tails + syllable % TailCount);
        }
        else if (s_decompositions.TryGetValue(code, out var parts))
        {
            Decompose(parts.First, into);
            if (parts.Second != None) Decompose(parts.Second, into);
        }
        else
        {
            into.Add(code);
        }
    }

    private static void Reorder(List<int> scalars)
    {
        for (var start = 0; start < scalars.Count; start++)
        {
            var end = start;
            while (end < scalars.Count && ClassOf(scalars[end]) != 0) end++;
            if (end - start > 1)
            {
                // A stable sort that stays fast for a text of nothing but marks.
                var run = scalars.GetRange(start, end - start).OrderBy(ClassOf).ToList();
                for (var i = 0; i < run.Count; i++) scalars[start + i] = run[i];
            }

            start = end;
        }
    }

    private static string Compose(List<int> scalars)
    {
        var composed = new List<int>(scalars.Count);
        var (starter, last) = (None, 0);
        foreach (var code in scalars)
        {
            var combining = ClassOf(code);
            var blocked = composed.Count - 1 != starter && last >= combining;
            if (starter != None && !blocked && TryCompose(composed[starter], code, out var whole))
            {
                composed[starter] = whole;
                continue;
            }

            if (combining == 0) starter = composed.Count;
            last = combining;
            composed.Add(code);
        }

        var text = new StringBuilder(composed.Count);
        foreach (var code in composed) text.Append(new Rune(code));
        return text.ToString();
    }

    private static bool TryCompose(int first, int second, out int whole)
    {
        whole = None;
        if (first is >= Leads and < Leads + LeadCount && second is >= Vowels and < Vowels + VowelCount)
            whole = Syllables + ((first - Leads) * VowelCount + (second - Vowels)) * TailCount;
        else if (first - Syllables is >= 0 and < LeadCount * VowelCount * TailCount && (first - Syllables) % TailCount == 0
            && second is > Tails and < Tails + TailCount)
            whole = first + (second - Tails);
        else if (s_compositions.TryGetValue((first, second), out var found))
            whole = found;
        return whole != None;
    }

    private static int ClassOf(int code) => code < 0x300 ? 0 : s_classes.GetValueOrDefault(code);

    private static int Hex(ReadOnlySpan<char> text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
