using System.Numerics;
using System.Text.Json;

namespace AgentTeams.Models;

/// <summary>The numbers between two bounds, each with a flag whether it is left out.</summary>
internal sealed record NumberInterval(DecimalNumber Low, bool LowOpen, DecimalNumber High, bool HighOpen)
{
    private static readonly BigInteger s_most = DecimalNumber.Power(18) - 1;

    /// <summary>All numbers of 64 bits.</summary>
    public static NumberInterval Long { get; } = new(DecimalNumber.Of(long.MinValue), false, DecimalNumber.Of(long.MaxValue), false);

    /// <summary>What is read of numbers with a bound where it gives no other: numbers of up to 18 digits before the point.</summary>
    public static NumberInterval Default { get; } = new(DecimalNumber.Of(-s_most), false, DecimalNumber.Of(s_most), false);

    private static NumberInterval Int32 { get; } = new(DecimalNumber.Of(int.MinValue), false, DecimalNumber.Of(int.MaxValue), false);

    public bool IsEmpty => Low.CompareTo(High) is var order && (order > 0 || (order == 0 && (LowOpen || HighOpen)));

    /// <summary>The numbers that a schema's bounds allow, or null where it has none.</summary>
    /// <exception cref="AgentTeamsException">A bound is no number.</exception>
    public static NumberInterval? Of(JsonElement schema, string path)
    {
        NumberInterval? interval = null;
        foreach (var (keyword, exclusive, lower) in ((string, string, bool)[])[("minimum", "exclusiveMinimum", true), ("maximum", "exclusiveMaximum", false)])
        {
            // Until draft 4, the exclusive keyword was a flag of the other.
            var isFlag = schema.TryGetProperty(exclusive, out var flag) && flag.ValueKind is JsonValueKind.True or JsonValueKind.False;
            if (Bound(schema, keyword, path) is { } bound) interval = With(interval, bound, lower, isFlag && flag.ValueKind == JsonValueKind.True);
            if (!isFlag && Bound(schema, exclusive, path) is { } open) interval = With(interval, open, lower, open: true);
        }

        if (schema.TryGetProperty("format", out var format) && format.ValueKind == JsonValueKind.String && format.ValueEquals("int32"))
            interval = (interval ?? Int32).And(Int32);
        return interval;
    }

    public NumberInterval And(NumberInterval other)
    {
        var (low, high) = (Low.CompareTo(other.Low), High.CompareTo(other.High));
        return new(
            low >= 0 ? Low : other.Low, low == 0 ? LowOpen || other.LowOpen : low > 0 ? LowOpen : other.LowOpen,
            high <= 0 ? High : other.High, high == 0 ? HighOpen || other.HighOpen : high < 0 ? HighOpen : other.HighOpen);
    }

    /// <summary>The integers among them, bounds included.</summary>
    public (BigInteger Low, BigInteger High) Integers()
    {
        var low = -Low.Negate().Floor();
        var high = High.Floor();
        return (LowOpen && DecimalNumber.Of(low).CompareTo(Low) == 0 ? low + 1 : low,
            HighOpen && DecimalNumber.Of(high).CompareTo(High) == 0 ? high - 1 : high);
    }

    public bool Contains(DecimalNumber number) =>
        number.CompareTo(Low) is var low && number.CompareTo(High) is var high && (low > 0 || (low == 0 && !LowOpen)) && (high < 0 || (high == 0 && !HighOpen));

    /// <summary>The same numbers with the other sign.</summary>
    public NumberInterval Negate() => new(High.Negate(), HighOpen, Low.Negate(), LowOpen);

    private static NumberInterval With(NumberInterval? interval, DecimalNumber bound, bool lower, bool open)
    {
        // Bounds that double or decimal could not hold bound nothing here.
        var rest = Unbounded;
        return (interval ?? rest).And(lower ? rest with { Low = bound, LowOpen = open } : rest with { High = bound, HighOpen = open });
    }

    private static NumberInterval Unbounded { get; } =
        new(DecimalNumber.Of(-DecimalNumber.Power(1000)), false, DecimalNumber.Of(DecimalNumber.Power(1000)), false);

    private static DecimalNumber? Bound(JsonElement schema, string keyword, string path)
    {
        if (!schema.TryGetProperty(keyword, out var value)) return null;
        return (value.ValueKind == JsonValueKind.Number ? DecimalNumber.Read(value) : null)
            ?? throw SchemaKeywords.Refuse(path, $"'{keyword}' is {value.GetRawText()}; give a number that a double holds");
    }
}
