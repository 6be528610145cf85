using System.Globalization;
using AgentTeams.Samples.Arena;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
return await CommandLine.Create((options, cancellationToken) => ArenaProgram.RunAsync(options, Console.Out, cancellationToken)).Parse(args).InvokeAsync();
