using System.Globalization;
using System.Numerics;

namespace AgentTeams.Models;

/// <summary>Numbers between bounds, written as decimals without an exponent.</summary>
internal sealed class NumberRules(RuleGraph graph)
{
    private const int MaxFraction = 15;

    /// <summary>Integers between bounds, and within 64 bits.</summary>
    public void Integers(Rule rule, NumberInterval interval)
    {
        var (low, high) = interval.And(NumberInterval.Long).Integers();
        Signed(rule, new(DecimalNumber.Of(low), false, DecimalNumber.Of(high), false), fraction: 0);
    }

    /// <summary>Decimals between bounds, with up to 18 digits before the point.</summary>
    public void Decimals(Rule rule, NumberInterval interval)
    {
        interval = interval.And(NumberInterval.Default);
        // One digit more than the bounds have, so that something fits between them where they are left out.
        Signed(rule, interval, Math.Max(MaxFraction, Math.Max(interval.Low.Scale, interval.High.Scale) + 1));
    }

    private void Signed(Rule rule, NumberInterval interval, int fraction)
    {
        var zero = DecimalNumber.Of(0);
        var above = interval.And(new(zero, false, DecimalNumber.Of(DecimalNumber.Power(1000)), false));
        if (!above.IsEmpty) Unsigned(rule.Start, above, fraction);
        // Zero has no sign.
        var below = interval.And(new(DecimalNumber.Of(-DecimalNumber.Power(1000)), false, zero, true)).Negate();
        if (below.IsEmpty) return;
        var minus = graph.AddState();
        graph.Read(rule.Start, '-', minus);
        Unsigned(minus, below, fraction);
    }

    private void Unsigned(int start, NumberInterval interval, int fraction)
    {
        var (low, high) = (interval.Low.At(fraction), interval.High.At(fraction));
        for (int digits = IntegerDigits(low, fraction), last = IntegerDigits(high, fraction); digits <= last; digits++)
            new Digits(graph, interval, fraction, digits, Text(low, digits + fraction), Text(high, digits + fraction)).Write(start);
    }

    private static int IntegerDigits(BigInteger value, int fraction) => Math.Max(1, Text(value, 0).Length - fraction);

    private static string Text(BigInteger value, int width) => value.ToString(CultureInfo.InvariantCulture).PadLeft(width, '0');

    /// <summary>Numbers with a fixed count of digits before the point. A bound holds as long as what is written is a beginning of it.</summary>
    private sealed class Digits(RuleGraph graph, NumberInterval interval, int fraction, int integer, string low, string high)
    {
        private readonly Dictionary<(int Position, bool Low, bool High), int> _states = [];

        // A bound with more digits, or with fewer, decides nothing: the count of digits does.
        public void Write(int start)
        {
            _states[(0, low.Length == integer + fraction, high.Length == integer + fraction)] = start;
            var open = new Queue<(int Position, bool Low, bool High)>(_states.Keys);
            while (open.TryDequeue(out var at)) Write(at, open);
        }

        private void Write((int Position, bool Low, bool High) at, Queue<(int Position, bool Low, bool High)> open)
        {
            var from = _states[at];
            if (at.Position >= integer && CanEnd(at)) graph.Accept(from);
            if (at.Position == integer + fraction) return;
            if (at.Position == integer)
            {
                var point = graph.AddState();
                graph.Read(from, '.', point);
                from = point;
            }

            var least = at is { Position: 0 } && integer > 1 ? '1' : '0';
            for (var digit = least; digit <= '9'; digit++)
            {
                if ((at.Low && digit < low[at.Position]) || (at.High && digit > high[at.Position])) continue;
                var next = (at.Position + 1, at.Low && digit == low[at.Position], at.High && digit == high[at.Position]);
                if (!_states.TryGetValue(next, out var to))
                {
                    to = _states[next] = graph.AddState();
                    open.Enqueue(next);
                }

                graph.Read(from, digit, to);
            }
        }

        // What is left of a bound counts as zeros that are not written.
        private bool CanEnd((int Position, bool Low, bool High) at) =>
            (!at.Low || (low[at.Position..].All(c => c == '0') && !interval.LowOpen))
            && (!at.High || !interval.HighOpen || high[at.Position..].Any(c => c != '0'));
    }
}
