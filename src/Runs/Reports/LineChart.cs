using System.Globalization;

namespace AgentTeams.Runs;

/// <summary>A curve.</summary>
/// <param name="Name">For the legend.</param>
/// <param name="Points">In the order of x.</param>
internal sealed record Series(string Name, IReadOnlyList<(double X, double Y)> Points);

/// <summary>A line chart as inline SVG. Colours come from the page's style, by the position of the curve.</summary>
internal static class LineChart
{
    private const double Width = 520, Height = 250, Left = 46, Right = 12, Top = 10, Bottom = 34;
    private const int Colours = 6;

    /// <summary>Draws a chart, or nothing if no curve has a finite point.</summary>
    /// <param name="title">Above the chart.</param>
    /// <param name="xLabel">Below it.</param>
    /// <param name="series">The curves; points that are not finite are left out.</param>
    /// <param name="smooth">Whether a moving average is drawn over the curves.</param>
    public static Html Draw(string title, string xLabel, IReadOnlyList<Series> series, bool smooth)
    {
        var curves = series.Select(s => s with { Points = [.. s.Points.Where(p => double.IsFinite(p.Y))] }).Where(s => s.Points.Count > 0).ToList();
        if (curves.Count == 0) return default;
        var x = AxisScale.Of(curves.SelectMany(c => c.Points).Select(p => p.X), Left, Width - Right);
        var y = AxisScale.Of(curves.SelectMany(c => c.Points).Select(p => p.Y), Height - Bottom, Top);
        return Html.Of($"""
            <figure class="chart">
            <figcaption>{title}<span class="legend">{Html.Join(curves.Select((c, i) => Html.Of($"""<span class="c{i % Colours}"><i></i>{c.Name}</span>""")))}</span></figcaption>
            <svg viewBox="0 0 {Width} {Height}" role="img" aria-label="{title}">
            {Html.Join(y.Ticks.Select(t => Html.Of($"""<line class="grid" x1="{Left}" x2="{Width - Right}" y1="{y.At(t):0.#}" y2="{y.At(t):0.#}"/><text x="{Left - 8}" y="{y.At(t) + 4:0.#}" text-anchor="end">{y.Label(t)}</text>""")))}
            {Html.Join(x.Ticks.Select(t => Html.Of($"""<text x="{x.At(t):0.#}" y="{Height - Bottom + 16}" text-anchor="middle">{x.Label(t)}</text>""")))}
            <text class="axis" x="{(Left + Width - Right) / 2}" y="{Height - 3}" text-anchor="middle">{xLabel}</text>
            {Html.Join(curves.Select((c, i) => Curve(c.Points, i % Colours, x, y, smooth)))}
            </svg>
            </figure>
            """);
    }

    private static Html Curve(IReadOnlyList<(double X, double Y)> points, int colour, AxisScale x, AxisScale y, bool smooth)
    {
        if (points is [var only]) return Html.Of($"""<circle class="dot c{colour}" cx="{x.At(only.X):0.#}" cy="{y.At(only.Y):0.#}" r="3"/>""");
        string Path(IEnumerable<(double X, double Y)> line) =>
            string.Join(' ', line.Select(p => string.Create(CultureInfo.InvariantCulture, $"{x.At(p.X):0.#},{y.At(p.Y):0.#}")));
        return smooth
            ? Html.Of($"""<polyline class="raw c{colour}" points="{Path(points)}"/><polyline class="c{colour}" points="{Path(MovingAverage(points))}"/>""")
            : Html.Of($"""<polyline class="c{colour}" points="{Path(points)}"/>""");
    }

    // The window is centred and shrinks at the ends, so that the curve neither lags nor stops short.
    private static IEnumerable<(double X, double Y)> MovingAverage(IReadOnlyList<(double X, double Y)> points)
    {
        var reach = Math.Max(1, points.Count / 20);
        return points.Select((p, i) =>
        {
            var r = Math.Min(reach, Math.Min(i, points.Count - 1 - i));
            return (p.X, points.Skip(i - r).Take(2 * r + 1).Average(q => q.Y));
        });
    }
}
