using System.Globalization;
using AgentTeams;
using AgentTeams.KillMcp;

// Serves tools, or has a server killed under load and under training; tests/kill-mcp.sh does that and looks for what is left.
if (args is ["serve"]) return await KilledServer.RunAsync();
if (args is not [var kills, var seed, var mark])
{
    Console.Error.WriteLine("Usage: KillMcp serve | KillMcp KILLS SEED MARK");
    return 2;
}

var victims = new Victims(mark, new SeedKey(long.Parse(seed, CultureInfo.InvariantCulture)).ToRandom());
try
{
    Console.WriteLine(await CallStorm.RunAsync(victims, int.Parse(kills, CultureInfo.InvariantCulture)));
    Console.WriteLine(await KilledTraining.RunAsync(victims));
    return 0;
}
catch (KillTestException e)
{
    Console.Error.WriteLine($"FAILED after {victims.Killed} kills: {e.Message}");
    return 1;
}
