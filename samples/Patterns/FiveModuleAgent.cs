namespace AgentTeams.Samples;

/// <summary>An agent of perception, memory, communication, planning and execution looks for something hidden.</summary>
internal static class FiveModuleAgent
{
    public static async Task RunAsync()
    {
        var modules = new FiveModules();
        var small = new RoleOptions { MaxOutputTokens = 24 };
        var episode = modules.ToWorkflow(new Hiding(), ["robot"], maxTurns: 4);

        var result = await episode.RunAsync(new(3), Cast.Play((role, asked) => role switch
        {
            "perception" => asked.Split('.')[0],
            "memory" => asked.ReplaceLineEndings(" "),
            "planning" => "go to the next room",
            "execution" => asked.Contains("room 1", StringComparison.Ordinal) ? "room 2" : asked.Contains("room 0", StringComparison.Ordinal) ? "room 1" : "room 0",
            _ => "I am looking.",
        }), new() { Seed = new(5), RoleOptions = _ => small });

        var (world, mind) = (result.State.World!.World, result.State.World.Minds[0]);
        Console.WriteLine($"score {result.State.Score} after {world.Steps} steps; it remembers: {Cast.Short(mind.Memory)}");
    }

    private sealed record Rooms(int Goal, string Last = "the hall", int Steps = 0);

    private sealed class Hiding() : TeamEnvironment<int, Rooms>("hiding")
    {
        public override Rooms Reset(int rooms, Random random) => new(random.Next(rooms));

        public override Prompt Observe(Rooms world, string role) => $"You are in {world.Last}. Go to room 0, 1 or 2.";

        public override Rooms Step(Rooms world, IReadOnlyDictionary<string, string> actions) => world with { Last = actions["robot"], Steps = world.Steps + 1 };

        public override bool IsDone(Rooms world) => world.Last == $"room {world.Goal}";

        public override double Score(Rooms world) => IsDone(world) ? 1 : 0;
    }
}
