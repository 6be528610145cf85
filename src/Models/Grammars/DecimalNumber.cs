using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace AgentTeams.Models;

/// <summary>A number of a schema, exact as it is written: digits · 10^−scale.</summary>
/// <param name="Digits">All digits, signed.</param>
/// <param name="Scale">How many of them follow the point; not negative.</param>
internal readonly record struct DecimalNumber(BigInteger Digits, int Scale) : IComparable<DecimalNumber>
{
    // Beyond every double.
    private const int MaxExponent = 400;

    public static DecimalNumber Of(BigInteger integer) => new(integer, 0);

    /// <summary>10 to a power.</summary>
    public static BigInteger Power(int exponent) => BigInteger.Pow(10, exponent);

    /// <summary>Reads a JSON number; null where its exponent is beyond every double.</summary>
    public static DecimalNumber? Read(JsonElement number)
    {
        var parts = number.GetRawText().Split('e', 'E');
        var exponent = 0;
        if (parts.Length > 1
            && (!int.TryParse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent) || Math.Abs(exponent) > MaxExponent))
        {
            return null;
        }

        var point = parts[0].IndexOf('.', StringComparison.Ordinal);
        var scale = (point < 0 ? 0 : parts[0].Length - point - 1) - exponent;
        var digits = BigInteger.Parse(parts[0].Replace(".", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return scale < 0 ? new(digits * Power(-scale), 0) : new(digits, scale);
    }

    /// <summary>The digits where so many of them follow the point; no fewer than do.</summary>
    public BigInteger At(int scale) => Digits * Power(scale - Scale);

    public DecimalNumber Negate() => new(-Digits, Scale);

    /// <summary>The largest integer that is not above.</summary>
    public BigInteger Floor() => Scale == 0 ? Digits : (Digits - Mod(Digits, Power(Scale))) / Power(Scale);

    public int CompareTo(DecimalNumber other)
    {
        var scale = Math.Max(Scale, other.Scale);
        return At(scale).CompareTo(other.At(scale));
    }

    private static BigInteger Mod(BigInteger value, BigInteger by) => ((value % by) + by) % by;
}
