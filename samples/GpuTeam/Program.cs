using AgentTeams.Cli;
using AgentTeams.Models.Torch;
using AgentTeams.Samples.GpuTeam;
using WordProblems = AgentTeams.Samples.WordProblems;

// Without further options, the word problems in a configuration that a CPU runs in minutes.
string[] reduced = ["--labels", "250", "--problems", "1000", "--steps", "40", "--tasks", "64"];
return args is ["word-problems", .. var rest]
    ? await TeamCommandLine.InvokeAsync(rest.Length == 0 ? reduced : rest, new WordProblems.WordProblemProgram(static model => TorchLanguageModel.Create(model)))
    : await CommandLine.Create(GpuTeamRun.RunAsync).Parse(args).InvokeAsync();
