using System.Net;

namespace AgentTeams.Runs;

/// <summary>Markup that is safe to embed. Whatever is interpolated into it is encoded unless it is markup itself.</summary>
/// <param name="Text">The markup.</param>
internal readonly record struct Html(string Text)
{
    public static Html Of(FormattableString markup) => new(markup.ToString(Encoder.Instance));

    public static Html Join(IEnumerable<Html> parts) => new(string.Concat(parts.Select(p => p.Text)));

    public override string ToString() => Text;

    private sealed class Encoder : IFormatProvider, ICustomFormatter
    {
        public static Encoder Instance { get; } = new();

        public object? GetFormat(Type? formatType) => formatType == typeof(ICustomFormatter) ? this : null;

        public string Format(string? format, object? arg, IFormatProvider? formatProvider) => arg switch
        {
            Html markup => markup.Text,
            IFormattable value => WebUtility.HtmlEncode(value.ToString(format, System.Globalization.CultureInfo.InvariantCulture)),
            _ => WebUtility.HtmlEncode(arg?.ToString()) ?? "",
        };
    }
}
