using System.Globalization;
using System.Text.RegularExpressions;

namespace AgentTeams.Samples.WordProblems;

/// <summary>A word problem whose numbers are named by placeholders in the order in which they occur.</summary>
/// <param name="Id">Unique among the problems of a run.</param>
/// <param name="Question">The text, with <c>numberK</c> for the K-th number.</param>
/// <param name="Numbers">The numbers, as written.</param>
/// <param name="Solution">A right formula; only labelled problems show it to training.</param>
/// <param name="Answer">The right value.</param>
internal sealed partial record Problem(string Id, string Question, IReadOnlyList<string> Numbers, Formula Solution, double Answer)
{
    /// <summary>The question without case, spacing and punctuation, by which duplicates are found.</summary>
    public string NormalizedQuestion => NotWords().Replace(Question.ToLowerInvariant(), " ").Trim();

    /// <summary>Whether a value is the answer, up to rounding of the last written digits.</summary>
    public bool IsAnswer(double value) => Math.Abs(value - Answer) <= 1e-4 * Math.Max(1, Math.Abs(Answer));

    /// <summary>An expression with its placeholders replaced by numbers; one that names no number stays as it is.</summary>
    public static string Substitute(string expression, IReadOnlyList<string> numbers) => Placeholder().Replace(expression, m =>
    {
        var index = int.Parse(m.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        return index < numbers.Count ? numbers[index] : m.Value;
    });

    [GeneratedRegex(@"[^a-z0-9]+")]
    private static partial Regex NotWords();

    [GeneratedRegex(@"number([0-9]{1,3})")]
    private static partial Regex Placeholder();
}
