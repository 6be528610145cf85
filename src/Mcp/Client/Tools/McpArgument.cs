using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace AgentTeams.Mcp;

/// <summary>What an argument of a tool may be; see <see cref="McpTool.Where"/>.</summary>
public sealed class McpArgument
{
    // A pattern of a user's making must not be able to hold a run up.
    private static readonly TimeSpan s_matchTimeout = TimeSpan.FromSeconds(1);

    private readonly Func<JsonNode, string?> _problem;
    private readonly bool _mayBeAbsent;

    private McpArgument(Func<JsonNode, string?> problem, bool mayBeAbsent = false) => (_problem, _mayBeAbsent) = (problem, mayBeAbsent);

    /// <summary>
    /// A path inside of a folder, or the folder itself. It must be absolute, unless <paramref name="relativeTo"/> says where the server resolves relative ones. What leads out is refused: <c>..</c>,
    /// links that can be followed from here, <c>~</c>, <c>file:</c> addresses, spaces or quotation marks around it, and any of these in percent-encoding. Where the server sees other folders than this process, links there are the server's to refuse.
    /// </summary>
    /// <param name="folder">An absolute path.</param>
    /// <param name="relativeTo">The folder that the server works in; null, the default, to refuse relative paths.</param>
    /// <exception cref="AgentTeamsException">A folder is no absolute path.</exception>
    public static McpArgument Under(string folder, string? relativeTo = null)
    {
        var guard = new PathGuard(folder, relativeTo);
        return OfText(guard.Problem);
    }

    /// <summary>One of these texts, to the letter.</summary>
    public static McpArgument OneOf(params string[] texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var allowed = texts.ToHashSet(StringComparer.Ordinal);
        return OfText(t => allowed.Contains(t) ? null : $"is '{Short(t)}', and may be one of: {string.Join(", ", allowed)}");
    }

    /// <summary>A text that matches a regular expression as a whole.</summary>
    /// <exception cref="ArgumentException">The pattern is none.</exception>
    public static McpArgument Matching(string pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        var regex = new Regex($@"\A(?:{pattern})\z", RegexOptions.CultureInvariant, s_matchTimeout);
        return OfText(t => Matches(regex, t) ? null : $"is '{Short(t)}', which does not match {pattern}");
    }

    /// <summary>A text of at most so many UTF-16 characters.</summary>
    public static McpArgument MaxLength(int characters) =>
        OfText(t => t.Length <= characters ? null : string.Create(CultureInfo.InvariantCulture, $"has {t.Length} characters, and may have {characters}"));

    /// <summary>A number within bounds.</summary>
    /// <param name="least">The least.</param>
    /// <param name="most">The greatest.</param>
    public static McpArgument Between(double least, double most) => new(node =>
        node is JsonValue value && value.GetValueKind() == JsonValueKind.Number && value.TryGetValue<double>(out var number) && number >= least && number <= most ? null
            : string.Create(CultureInfo.InvariantCulture, $"is {Short(node.ToJsonString())}, and must be a number from {least} to {most}"));

    /// <summary>What a function allows; it is given the whole argument, a list too.</summary>
    /// <param name="allows">Whether the value is allowed.</param>
    /// <param name="otherwise">What is wrong with one that is not, as in "the argument 'x' of the tool 'y' <c>is odd</c>".</param>
    public static McpArgument That(Func<JsonElement, bool> allows, string otherwise)
    {
        ArgumentNullException.ThrowIfNull(allows);
        ArgumentNullException.ThrowIfNull(otherwise);
        return new(node => allows(JsonSerializer.SerializeToElement(node)) ? null : otherwise);
    }

    /// <summary>The same, and the argument may be left out or null; the server's default is then not looked at.</summary>
    public McpArgument OrAbsent() => new(_problem, mayBeAbsent: true);

    /// <summary>What is wrong with a value, as the rest of a sentence; null if it is allowed.</summary>
    internal string? Problem(JsonNode? value) => value is not null ? _problem(value) : _mayBeAbsent ? null : "is left out, and is needed here";

    private static McpArgument OfText(Func<string, string?> problem) => new(node => TextsProblem(node, problem));

    private static string? TextsProblem(JsonNode node, Func<string, string?> problem) => node switch
    {
        JsonArray list => list.Select(m => m is null ? "holds null, and must hold texts" : TextsProblem(m, problem)).FirstOrDefault(p => p is not null),
        JsonValue value when value.TryGetValue<string>(out var text) => problem(text),
        _ => $"is {Short(node.ToJsonString())}, and must be a text",
    };

    private static bool Matches(Regex regex, string text)
    {
        try
        {
            return regex.IsMatch(text);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }

    // What a model wrote may be long, and stands in its own next prompt.
    internal static string Short(string text) => text.Length <= 100 ? text : $"{text[..100]}…";
}
