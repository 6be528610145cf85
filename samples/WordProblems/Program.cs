using AgentTeams.Samples.WordProblems;

return await RunCommand.InvokeAsync(args);
