using System.Globalization;

namespace AgentTeams.Runs;

/// <summary>Maps values to positions, with ticks at round values.</summary>
internal sealed class AxisScale
{
    private const int MostTicks = 6;
    private readonly double _low, _high, _start, _end, _step;

    private AxisScale(double low, double high, double start, double end)
    {
        _step = RoundStep((high - low) / (MostTicks - 1));
        (_low, _high, _start, _end) = (low, high, start, end);
        Ticks = [.. Enumerable.Range(0, MostTicks + 1).Select(i => (Math.Ceiling(low / _step) + i) * _step).TakeWhile(t => t <= high + _step * 1e-9)];
    }

    public IReadOnlyList<double> Ticks { get; }

    /// <summary>A scale that shows all values.</summary>
    /// <param name="values">At least one, all finite.</param>
    /// <param name="start">The position of the lowest.</param>
    /// <param name="end">The position of the highest.</param>
    public static AxisScale Of(IEnumerable<double> values, double start, double end)
    {
        var (low, high) = (double.MaxValue, double.MinValue);
        foreach (var value in values) (low, high) = (Math.Min(low, value), Math.Max(high, value));

        // A flat curve still needs an axis of some length.
        if (high - low < 1e-9) (low, high) = (low - 0.5, high + 0.5);
        return new(low, high, start, end);
    }

    public double At(double value) => _start + (value - _low) / (_high - _low) * (_end - _start);

    public string Label(double tick)
    {
        var digits = Math.Clamp((int)Math.Ceiling(-Math.Log10(_step) - 1e-9), 0, 6);
        return tick.ToString("F" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }

    private static double RoundStep(double least)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(least)));
        return power * ((least / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 });
    }
}
