using AgentTeams.McpInterop;

// Drives every tool of three servers that were not written here, each call as a node of a run, and prints what came back and how it was recorded.
// Usage: AgentTeams.McpInterop <folder with node_modules>
if (args.Length == 0 || !Directory.Exists(Path.Combine(args[0], "node_modules")))
{
    Console.Error.WriteLine("Name the folder in which the servers were installed with npm (it holds node_modules).");
    return 2;
}

var scratch = Directory.CreateTempSubdirectory("agentteams-mcp").FullName;
try
{
    var rows = new List<Row>();
    foreach (var server in Servers.All(Path.GetFullPath(args[0]), scratch)) rows.AddRange(await Driver.DriveAsync(server));
    foreach (var row in rows) Console.WriteLine(row);
    var failed = rows.Count(r => !r.IsAsExpected);
    Console.WriteLine($"{rows.Count} calls of {rows.Select(r => (r.Server, r.Tool)).Distinct().Count()} tools, resources and prompts, {failed} not as expected");
    return failed == 0 ? 0 : 1;
}
finally
{
    Directory.Delete(scratch, recursive: true);
}
