using System.Text;

namespace AgentTeams.Models;

/// <summary>Characters of a set as JSON writes them: UTF-8, with an escape only where one is needed.</summary>
internal sealed class CharRules(RuleGraph graph)
{
    private const int FirstOfTwo = 0x80, FirstOfThree = 0x800;

    public void Write(Rule rule, CharSet set)
    {
        foreach (var (low, high) in set.Ranges)
        {
            for (var c = low; c <= Math.Min(high, '\\'); c++)
            {
                if (c < ' ' || c is '"' or '\\') graph.Read(rule.Start, Encoding.UTF8.GetBytes(JsonText.Of(((char)c).ToString())[1..^1]), rule.End);
            }

            // Between those that are escaped.
            Plain(rule, Math.Max(low, ' '), Math.Min(high, '!'));
            Plain(rule, Math.Max(low, '#'), Math.Min(high, '['));
            Plain(rule, Math.Max(low, ']'), Math.Min(high, FirstOfTwo - 1));
            Two(rule, Math.Max(low, FirstOfTwo), Math.Min(high, FirstOfThree - 1));
            Three(rule, Math.Max(low, FirstOfThree), high);
        }
    }

    private void Plain(Rule rule, int low, int high)
    {
        if (low <= high) graph.Read(rule.Start, (byte)low, (byte)high, rule.End);
    }

    private void Two(Rule rule, int low, int high)
    {
        if (low <= high) Continued(rule.Start, 0xC0, low, high, 6, (from, l, h) => Last(from, l, h, rule.End));
    }

    private void Three(Rule rule, int low, int high)
    {
        if (low <= high)
            Continued(rule.Start, 0xE0, low, high, 12, (middle, l, h) => Continued(middle, 0x80, l, h, 6, (from, a, b) => Last(from, a, b, rule.End)));
    }

    private void Last(int from, int low, int high, int to) => graph.Read(from, (byte)(0x80 | low), (byte)(0x80 | high), to);

    // Splits a range by its leading bits: where they are the first or the last, what follows is bounded; in between it is not.
    private void Continued(int from, int mark, int low, int high, int shift, Action<int, int, int> rest)
    {
        var mask = (1 << shift) - 1;
        var (first, last) = (low >> shift, high >> shift);
        for (var lead = first; lead <= last;)
        {
            var (l, h) = (lead == first ? low & mask : 0, lead == last ? high & mask : mask);
            var end = lead;
            while (l == 0 && h == mask && end < last && (end + 1 < last || (high & mask) == mask)) end++;
            var next = graph.AddState();
            graph.Read(from, (byte)(mark | lead), (byte)(mark | end), next);
            rest(next, l, h);
            lead = end + 1;
        }
    }
}
