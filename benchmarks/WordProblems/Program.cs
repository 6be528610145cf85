using System.CommandLine;
using System.Text.Json;
using AgentTeams.Benchmarks.WordProblems;

// How hard the generated task is: what methods without a team score on the sample's test set, as one JSON line.
var labels = new Option<int>("--labels") { DefaultValueFactory = _ => 250, Description = "Labelled problems." };
var problems = new Option<int>("--problems") { DefaultValueFactory = _ => 3000, Description = "Problems without labels." };
var seed = new Option<long>("--seed") { DefaultValueFactory = _ => 1, Description = "The sample's seed." };
var command = new RootCommand("Scores simple baselines on the word problems of a seed.") { labels, problems, seed };
command.SetAction(parsed =>
{
    var result = TaskDifficulty.Measure(parsed.GetValue(labels), parsed.GetValue(problems), parsed.GetValue(seed));
    Console.WriteLine(JsonSerializer.Serialize(result, DifficultyJson.Default.DifficultyReport));
});
return command.Parse(args).Invoke();
