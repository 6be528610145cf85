using System.Globalization;
using CsvHelper;

namespace AgentTeams.Samples.WordProblems;

/// <summary>What a file held.</summary>
/// <param name="Problems">The problems, in the file's order.</param>
/// <param name="Skipped">Rows left out because their equation does not give their answer.</param>
internal sealed record LoadedProblems(IReadOnlyList<Problem> Problems, int Skipped);

/// <summary>
/// Reads word problems from CSV with the columns Question, Numbers, Equation (prefix notation) and Answer; others are ignored.
/// A row that breaks the layout is an error. A row that keeps to it but whose equation does not give its answer is skipped and
/// counted: published files have a few (1 of 1217 in ASDiv-A's fold 0, 12 of 1921 in MAWPS's), mostly answers rounded by
/// hand, and neither equation nor answer can be trusted there. Equations may use any constant, not only
/// <see cref="Formula.Constants"/>; such problems merely lie outside what the coder can write.
/// </summary>
internal static class CsvProblems
{
    private static readonly string[] s_columns = [CsvRow.Question, CsvRow.Numbers, CsvRow.Equation, CsvRow.Answer];

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="prefix">What ids begin with; the zero-based number of the row follows.</param>
    /// <exception cref="AgentTeamsException">The file is missing or has a malformed row; file, line and column are named.</exception>
    public static LoadedProblems Load(string path, string prefix)
    {
        using var csv = Open(path);
        RequireColumns(csv, path);
        var problems = new List<Problem>();
        var rows = 0;
        for (; Next(csv, path); rows++)
        {
            var problem = new CsvRow(csv, path).ToProblem($"{prefix}-{rows.ToString(CultureInfo.InvariantCulture)}");
            if (problem.IsAnswer(problem.Solution.Evaluate(problem.Numbers))) problems.Add(problem);
        }

        return rows > 0
            ? new(problems, rows - problems.Count)
            : throw new AgentTeamsException($"{path}, line 1: no row follows the header. Give a file with at least one problem.");
    }

    private static CsvReader Open(string path)
    {
        try
        {
            return CsvReader.FromFile(path, new CsvReaderOptions
            {
                Separator = ',',
                TrackLineNumbers = true,
                MalformedData = CsvMalformedDataHandling.Throw,
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new AgentTeamsException($"The problem file '{path}' cannot be read: {e.Message} Give the path of a CSV file.", e);
        }
    }

    private static void RequireColumns(CsvReader csv, string path)
    {
        foreach (var column in s_columns)
        {
            if (!csv.Headers.Contains(column))
                throw new AgentTeamsException($"{path}, line 1: the column {column} is missing. The first line must name {string.Join(", ", s_columns)}.");
        }
    }

    private static bool Next(CsvReader csv, string path)
    {
        try
        {
            return csv.Read();
        }
        catch (CsvFormatException e)
        {
            throw new AgentTeamsException($"{path}, line {e.LineNumber.ToString(CultureInfo.InvariantCulture)}: {e.Message} Quote the whole field and double the quotes in it.", e);
        }
    }
}
