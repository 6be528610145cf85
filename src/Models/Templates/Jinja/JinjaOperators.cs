namespace AgentTeams.Models;

/// <summary>Arithmetic and slices.</summary>
internal static class JinjaOperators
{
    public static object? Apply(string sign, object? left, object? right, JinjaBudget budget)
    {
        try
        {
            return (sign, left, right) switch
            {
                ("~", _, _) => budget.Text(JinjaValues.Text(left) + JinjaValues.Text(right)),
                ("+", string a, string b) => budget.Text(a + b),
                ("+", List<object?> a, List<object?> b) => a is JinjaTuple ? new JinjaTuple(a.Concat(b)) : a.Concat(b).ToList(),
                ("*", string text, long times) => Repeat(text, times, budget),
                ("*", long times, string text) => Repeat(text, times, budget),
                ("%", string, _) => throw new JinjaException("the format operator '%' of strings is not supported"),
                ("/", _, _) => JinjaValues.Number(left) / NotZero(JinjaValues.Number(right)),
                (_, double, _) or (_, _, double) => Floats(sign, JinjaValues.Number(left), JinjaValues.Number(right)),
                _ => Integers(sign, Operand(left, right, sign), JinjaValues.Integer(right)),
            };
        }
        catch (OverflowException)
        {
            throw new JinjaException($"the result of '{sign}' does not fit 64 bits");
        }
    }

    /// <summary>Some items of a list or characters of a string, by Python's rules.</summary>
    public static object? Slice(object? target, long? from, long? to, long? step)
    {
        var items = target switch
        {
            string text => [.. JinjaText.Characters(text)],
            List<object?> list => list,
            JinjaUndefined => [],
            _ => throw new JinjaException($"{JinjaValues.TypeOf(target)} has no slices"),
        };
        var by = step ?? 1;
        if (by == 0) throw new JinjaException("the step of a slice is 0");
        var (start, end) = by > 0
            ? (Bound(from, 0, 0, items.Count), Bound(to, items.Count, 0, items.Count))
            : (Bound(from, items.Count - 1, -1, items.Count - 1), Bound(to, -1, -1, items.Count - 1));
        var slice = new List<object?>();
        for (var i = start; by > 0 ? i < end : i > end; i += by) slice.Add(items[(int)i]);
        return target is string ? string.Concat(slice) : target is JinjaTuple ? new JinjaTuple(slice) : slice;

        long Bound(long? bound, long absent, long least, long most) => bound is not { } at ? absent : Math.Clamp(at < 0 ? at + items.Count : at, least, most);
    }

    private static long Operand(object? left, object? right, string sign) => left is bool or long && right is bool or long
        ? JinjaValues.Integer(left)
        : throw new JinjaException($"'{sign}' does not take {JinjaValues.TypeOf(left)} and {JinjaValues.TypeOf(right)}");

    private static object Integers(string sign, long a, long b) => sign switch
    {
        "+" => (object)checked(a + b),
        "-" => checked(a - b),
        "*" => checked(a * b),
        "//" => FloorDivide(a, b),
        "%" => checked(a - (FloorDivide(a, b) * b)),
        "**" when b >= 0 => Power(a, b),
        _ => Math.Pow(a, b),
    };

    private static double Floats(string sign, double a, double b) => sign switch
    {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "//" => Math.Floor(a / NotZero(b)),
        "%" => a - Math.Floor(a / NotZero(b)) * b,
        _ => Math.Pow(a, b),
    };

    private static long FloorDivide(long a, long b)
    {
        _ = NotZero(b);
        var quotient = checked(a / b);
        return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
    }

    private static long Power(long a, long b)
    {
        // Only these do not leave 64 bits sooner.
        if (a is >= -1 and <= 1) return b == 0 || a == 1 ? 1 : a == 0 ? 0 : b % 2 == 0 ? 1 : -1;
        var power = 1L;
        for (; b > 0; b--) power = checked(power * a);
        return power;
    }

    private static double NotZero(double value) => value != 0 ? value : throw new JinjaException("a division by 0");

    private static string Repeat(string text, long times, JinjaBudget budget)
    {
        budget.Write((int)Math.Min(int.MaxValue / 2, Math.Max(0, times) * text.Length));
        return string.Concat(Enumerable.Repeat(text, (int)Math.Max(0, times)));
    }
}
