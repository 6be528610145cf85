using System.Globalization;
using System.Text.RegularExpressions;
using CsvHelper;

namespace AgentTeams.Samples.WordProblems;

/// <summary>One line of a problem file, checked field by field.</summary>
/// <param name="csv">A reader that stands on the line.</param>
/// <param name="path">The file, for messages.</param>
internal sealed partial class CsvRow(CsvReader csv, string path)
{
    public const string Question = "Question";
    public const string Numbers = "Numbers";
    public const string Equation = "Equation";
    public const string Answer = "Answer";

    /// <summary>The line as a problem.</summary>
    /// <param name="id">The problem's id.</param>
    /// <exception cref="AgentTeamsException">A field is missing, malformed or names a number that the line does not have.</exception>
    public Problem ToProblem(string id)
    {
        IReadOnlyList<string> numbers = [.. Field(Numbers).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(PlainNumber)];
        var question = Field(Question);
        foreach (Match placeholder in Placeholder().Matches(question)) RequireInRange(Question, placeholder.Value, numbers.Count);
        return new Problem(id, question, numbers, ReadEquation(numbers.Count), ReadAnswer());
    }

    private Formula ReadEquation(int count)
    {
        var text = Field(Equation);
        Formula formula;
        try
        {
            formula = Formula.ParsePrefix(text);
        }
        catch (FormatException e)
        {
            throw Malformed(Equation, $"'{text}' is no formula in prefix notation, since {e.Message}. Write it like '+ number0 number1'.", e);
        }

        foreach (var operand in formula.Operands.Where(o => o.StartsWith("number", StringComparison.Ordinal))) RequireInRange(Equation, operand, count);
        return formula;
    }

    private double ReadAnswer()
    {
        var text = Field(Answer);
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var answer) && double.IsFinite(answer)
            ? answer
            : throw Malformed(Answer, $"'{text}' is no number. Write it like '12' or '0.5'.");
    }

    // Files write whole numbers as 56.0; a decimal keeps every written digit, where a double would turn to 1E+16.
    private string PlainNumber(string text) =>
        decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            ? number.ToString("0.############################", CultureInfo.InvariantCulture)
            : throw Malformed(Numbers, $"'{text}' is no number. Separate plain numbers by spaces, like '63 0.5'.");

    private void RequireInRange(string column, string placeholder, int count)
    {
        if (!int.TryParse(placeholder.AsSpan("number".Length), NumberStyles.None, CultureInfo.InvariantCulture, out var index) || index >= count)
            throw Malformed(column, $"'{placeholder}' stands for none of the line's {count.ToString(CultureInfo.InvariantCulture)} numbers, which are counted from number0. Correct it or add the number.");
    }

    private string Field(string column) =>
        csv.GetString(column) is var text && !string.IsNullOrWhiteSpace(text) ? text : throw Malformed(column, "the field is empty. Fill it or remove the line.");

    private AgentTeamsException Malformed(string column, string what, Exception? cause = null) =>
        new($"{path}, line {csv.LineNumber.ToString(CultureInfo.InvariantCulture)}, column {column}: {what}", cause);

    [GeneratedRegex(@"number[0-9]+")]
    private static partial Regex Placeholder();
}
