using AgentTeams.Samples.WordProblems;

namespace AgentTeams.Benchmarks.WordProblems;

/// <summary>The distinct formulas of labelled problems, as classes to choose from.</summary>
/// <param name="Formulas">One formula for each class.</param>
/// <param name="Labels">The class of each problem.</param>
internal sealed record FormulaClasses(IReadOnlyList<Formula> Formulas, IReadOnlyList<int> Labels)
{
    /// <summary>The most frequent formula; the first of equals.</summary>
    public Formula Majority => Formulas[Labels.GroupBy(l => l).MaxBy(g => g.Count())!.Key];

    public static FormulaClasses Of(IReadOnlyList<Problem> problems)
    {
        var formulas = problems.Select(p => p.Solution).DistinctBy(f => f.ToInfix()).ToList();
        var index = formulas.Select((f, i) => (Text: f.ToInfix(), i)).ToDictionary(f => f.Text, f => f.i, StringComparer.Ordinal);
        return new(formulas, [.. problems.Select(p => index[p.Solution.ToInfix()])]);
    }
}
