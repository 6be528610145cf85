using AgentTeams.Cli;
using AgentTeams.Samples.WordProblems;

return await TeamCommandLine.InvokeAsync(args, new WordProblemProgram());
