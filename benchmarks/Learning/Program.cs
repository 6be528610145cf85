using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using AgentTeams.Benchmarks.Learning;

// Does the RL layer do what the papers claim? Each experiment has criteria of its own and controls in which its mechanism is switched off. One by name, or all; and "table" for all estimators on the word problems.
var all = new (string Name, string Question, Func<Task<IReadOnlyList<Criterion>>> Run)[]
{
    ("M0", "mechanics", MechanicsExperiment.RunAsync),
    ("M1", "agent-wise normalisation", NormalizationExperiment.RunAsync),
    ("M2", "coordination, and judging every pair", CoordinationExperiment.RunAsync),
    ("M3", "credit turn by turn", TurnExperiments.CreditAsync),
    ("M4", "who decides when to stop", TurnExperiments.TerminationAsync),
    ("M5", "parameter sharing", SharingExperiment.RunAsync),
    ("M6", "runs of older weights", StalenessExperiment.RunAsync),
    ("trees", "trees of runs", TreeExperiment.RunAsync),
    ("credit", "counterfactual credit", CreditExperiment.RunAsync),
    ("dynamic", "a team that decides at run time who goes on", DynamicTeamExperiment.RunAsync),
    ("cost", "what the arithmetic costs", CostExperiment.RunAsync),
    ("speculative", "drafts of the last epoch", SpeculativeExperiment.RunAsync),
};
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is ["table", ..])
{
    await EstimatorTable.RunAsync(args[1..]);
    return 0;
}

var chosen = args.Length == 0 ? all : [.. args.Select(a => all.FirstOrDefault(e => e.Name.Equals(a, StringComparison.OrdinalIgnoreCase)) is { Name: not null } e ? e
    : throw new ArgumentException($"There is no experiment '{a}'. There are {string.Join(", ", all.Select(x => x.Name))}."))];
var results = new List<ExperimentResult>();
foreach (var (name, question, run) in chosen)
{
    var watch = Stopwatch.StartNew();
    var result = new ExperimentResult(name, question, await run(), watch.Elapsed);
    results.Add(result);
    Console.WriteLine($"{name} {question}, {result.Took.TotalSeconds:0} s");
    foreach (var c in result.Criteria)
        Console.WriteLine($"  {(c.Passed ? "ok  " : "FAIL")} {(c.IsControl ? "control: " : "")}{c.What}: {string.Join(", ", c.Values.Select(v => v.ToString("0.###")))} ({c.Bound})");
}

Console.WriteLine(JsonSerializer.Serialize(new
{
    passed = results.All(r => r.Passed), seconds = Math.Round(results.Sum(r => r.Took.TotalSeconds)),
    experiments = results.ToDictionary(r => r.Name, r => r.Criteria.Select(c => new { what = c.What, values = c.Values.Select(v => double.IsFinite(v) ? Math.Round(v, 4) : 1e9), bound = c.Bound, passed = c.Passed })),
}));
return results.All(r => r.Passed) ? 0 : 1;
