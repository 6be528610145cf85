using System.ComponentModel;

namespace AgentTeams.Tests;

/// <summary>The code of docs/environments.md, which must compile as it stands there, and what it does.</summary>
public sealed class EnvironmentsSnippets
{
    [Fact]
    public async Task Guide_HighCard_IsPlayedToItsEnd()
    {
        var runtime = TeamRuntime.ForAll(new ScriptedChatClient(call => ScriptedReply.Say(call.Messages[^1].Text)));
        Role[] players = [new() { Name = "left" }, new() { Name = "right" }];
        var episode = new HighCard().ToWorkflow(players, new() { MaxTurns = 5 });
        var result = await episode.RunAsync(new(52), runtime, new() { Seed = new(7) });
        Console.WriteLine($"{result.State.Score} after {result.State.Turns} turns");

        Assert.Equal(3, result.State.Turns);
        Assert.Equal(1, result.State.Score);
    }

    private static (Rollout<int>, IRewardFunction) Train(Role[] players, TeamModels models)
    {
        var rollout = Rollouts.From(new HighCard(), players, models);
        IRewardFunction reward = new EnvironmentReward();
        return (rollout, reward);
    }

    sealed record Table(int Left, int Right, int Rounds = 0, int Agreed = 0);

    sealed class HighCard() : TeamEnvironment<int, Table>("high-card")
    {
        public override Table Reset(int cards, Random random) => new(random.Next(cards), random.Next(cards));

        public override Prompt Observe(Table table, string role) => $"Your card is {(role == "left" ? table.Left : table.Right)}. Higher or lower?";

        public override Table Step(Table table, IReadOnlyDictionary<string, string> actions) =>
            table with { Rounds = table.Rounds + 1, Agreed = table.Agreed + (actions["left"] == actions["right"] ? 0 : 1) };

        public override bool IsDone(Table table) => table.Rounds == 3;

        public override double Score(Table table) => table.Agreed / 3.0;

        public override double? Reward(Table before, Table after) => after.Agreed - before.Agreed;
    }

    sealed record Maze(int X, int Goal)
    {
        [EnvironmentAction, Description("Moves one step, to the left or to the right.")]
        public (Maze World, string Told) Move(string direction)
        {
            if (direction is not ("left" or "right")) throw new ArgumentException($"There is no direction '{direction}'.");
            var next = this with { X = X + (direction == "right" ? 1 : -1) };
            return (next, next.X == next.Goal ? "You are there." : $"You are at {next.X}.");
        }
    }
}
