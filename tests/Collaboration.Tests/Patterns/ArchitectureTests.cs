using Microsoft.Extensions.AI;
using Xunit.Abstractions;

namespace AgentTeams.Tests;

/// <summary>What the articles claim of architectures, as checks.</summary>
public sealed class ArchitectureTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Check000A1_SameGraphUnderTwoProtocolsAndTrainers_RolesUnchanged()
    {
        Role[] roles = [new() { Name = "ann", Options = new() { MaxOutputTokens = 4 } }, new() { Name = "bob", Options = new() { MaxOutputTokens = 4 } }];
        Protocol[] protocols = [Protocol.Dialogue(new() { MaxTurns = 2 }), Protocol.IntentionBroadcast()];
        var folder = Directory.CreateTempSubdirectory("agentteams").FullName;
        foreach (var protocol in protocols)
        {
            using var model = CpuLanguageModel.Create(LocalModelOptions.FromTexts("tiny", ["red or blue"], new SeedKey(1)));
            using var models = new TeamModels(new Team("team", roles, ModelMap.Full("tiny", "ann", "bob")), [model]);
            var team = protocol.ToWorkflow("team", [.. roles]);
            var tasks = TaskSet.Create(["red or blue"], t => t, Rollouts.From(team, models, (string task) => task));
            var rewards = new RewardComposer().Add(tasks.Outcome((_, t) => t.Outcome!.Length % 3));

            // Reinforcement learning, then supervised fine-tuning on what was sampled.
            var steps = new List<RlStep>();
            await foreach (var step in new RlTrainer<string>(models, tasks, RlOptions.Grpo with { Rewards = rewards, Steps = 1, TasksPerStep = 1, GroupSize = 4 }).TrainAsync()) steps.Add(step);
            var run = await team.RecordAsync("red or blue", models.Runtime);
            var rows = new Dictionary<PolicyId, IReadOnlyList<TrainingRow>>
            {
                [models.Team.Models["ann"]] = [.. run.Trajectory.Nodes.Where(n => n.Tokens is not null).Select(n => new TrainingRow
                {
                    Role = n.Role!,
                    PromptIds = n.Tokens!.PromptIds,
                    CompletionIds = [.. model.Tokenizer.Encode("red"), model.Config.EndOfSequenceId],
                })],
            };
            var epochs = await new SftTrainer(models, new() { MaxEpochs = 2, Patience = null }, folder).TrainAsync(rows, new Dictionary<PolicyId, IReadOnlyList<TrainingRow>>(), new SeedKey(1));

            Assert.NotEmpty(steps.Single().Updates);
            Assert.True(epochs[^1].TrainLoss < epochs[0].TrainLoss);
            Assert.Equal(["ann", "bob"], run.Trajectory.Nodes.Where(n => n.Kind == NodeKind.Role).Select(n => n.Role!).Distinct().Order());
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Check000A2_PlanExecuteSummarise_ThreeRolesOnThreeEndpointsAreInTheTrace()
    {
        var clients = new[] { "planner", "executor", "summariser" }.ToDictionary(n => n, n => (IChatClient)new ScriptedChatClient($"<{n}>"));
        var team = TeamPatterns.PlanExecuteSummarise("report", Teams.Role("planner"), Teams.Role("executor"), Teams.Role("summariser"));

        var run = await team.RecordAsync("task", TeamRuntime.ByRole(clients));

        Assert.Equal(["planner", "executor", "summariser"], run.Trajectory.Nodes.Where(n => n.Kind == NodeKind.Role).Select(n => n.Role));
        Assert.All(clients.Values, c => Assert.Single(((ScriptedChatClient)c).Calls));
        Assert.Equal("<summariser>", run.State);
    }

    /// <summary>The modules find what is hidden in fewer steps than one prompt that sees the same, as they remember where they were.</summary>
    [Fact]
    public async Task Check000A3_FiveModules_StepsAndTokensBesideAOnePromptAgentOnTheSameSeeds()
    {
        // Both draw from the rooms that they see no reason against, by the seed of their call.
        static string Draw(Heard heard, string known)
        {
            var rooms = heard.Text.Split(": ")[1].Split(' ').Where(r => !known.Contains($"Nothing in {r}", StringComparison.Ordinal)).ToList();
            return rooms[(int)((ulong)heard.Options.Seed!.Value % (ulong)rooms.Count)];
        }

        var (alone, team) = (new List<int>(), new List<int>());
        var (aloneWords, teamWords) = (0, 0);
        for (var seed = 0; seed < 8; seed++)
        {
            var one = new Scripts(heard => Draw(heard, heard.Text.Split(". ")[0]));
            var single = await new Hiding().ToWorkflow([new() { Name = "robot" }], new() { MaxTurns = 40 }).RunAsync(new(6), one.Runtime, new() { Seed = new(seed), MaxSteps = 1000 });
            var modules = new Scripts(heard => heard.Role switch
            {
                "perception" => heard.Text.Split('.')[0],
                "memory" => string.Join('\n', heard.Text.Split('\n').Select(l => l[(l.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()).Where(l => l.Length > 0).Distinct()),
                "planning" => "go where nothing was found yet",
                "execution" => Draw(heard, heard.Messages[^1].Text),
                _ => "",
            });
            var five = await new FiveModules().ToWorkflow(new Hiding(), ["robot"], maxTurns: 40).RunAsync(new(6), modules.Runtime, new() { Seed = new(seed), MaxSteps = 1000 });

            Assert.Equal(single.State.World!.Goal, five.State.World!.World.Goal);
            Assert.Equal((1.0, 1.0), (single.State.Score!.Value, five.State.Score!.Value));
            alone.Add(single.State.World.Steps);
            team.Add(five.State.World.World.Steps);
            (aloneWords, teamWords) = (aloneWords + Words(one), teamWords + Words(modules));
        }

        output.WriteLine($"one prompt: {string.Join(' ', alone)} steps, {aloneWords} words; five modules: {string.Join(' ', team)} steps, {teamWords} words");
        Assert.True(team.Sum() < alone.Sum(), $"{team.Sum()} and {alone.Sum()}");
        Assert.True(teamWords > 0 && aloneWords > 0);

        static int Words(Scripts scripts) => scripts.Calls.Sum(c => c.Messages.Sum(m => m.Text.Split(' ').Length));
    }

    [Fact]
    public async Task FiveModules_OfTwoAgents_HearEachOtherAndActInTurn()
    {
        var scripts = new Scripts(heard => heard.Role.EndsWith("execution", StringComparison.Ordinal) ? "r0" : $"<{heard.Role}>");
        var modules = new FiveModules();

        var result = await modules.ToWorkflow(new Hiding(), ["ann", "bob"], maxTurns: 1).RunAsync(new(1), scripts.Runtime);

        Assert.Equal(10, modules.RolesOf(["ann", "bob"]).Length);
        Assert.Contains("Heard: [ann] <ann.communication>", scripts.AskedOf("bob.planning").Single(), StringComparison.Ordinal);
        Assert.DoesNotContain("Heard", scripts.AskedOf("ann.planning").Single(), StringComparison.Ordinal);
        Assert.Equal(2, result.State.World!.World.Steps);
    }

    [Fact]
    public async Task Check000A4_CoordinatorOfVisionModels_SpecialistsReceiveTheImageAndItsWords()
    {
        var image = new DataContent(new byte[] { 1, 2, 3 }, "image/png");
        var scripts = new Scripts(("boss", [Instruct("eyes", "What colour is it?"), Instruct("text", "What does it say?"), Instruct("", "A red sign that says stop.")]), ("eyes", ["red"]), ("text", ["stop"]));
        var team = TeamPatterns.Coordinator("vision", Teams.Role("boss"), Teams.Members("eyes", "text"));

        var result = await team.Definition.RunAsync(new("Describe the image.") { Attachments = [image] }, scripts.Runtime);

        Assert.Equal(("A red sign that says stop.", true), (result.State.Answer, result.State.IsSettled));
        foreach (var (role, words) in new[] { ("eyes", "What colour is it?"), ("text", "What does it say?") })
        {
            var asked = scripts.Calls.Single(c => c.Role == role).Messages.Single();
            Assert.Equal(words, asked.Text);
            Assert.Equal(image.Data.ToArray(), asked.Contents.OfType<DataContent>().Single().Data.ToArray());
        }

        Assert.All(scripts.Calls.Where(c => c.Role == "boss"), c => Assert.DoesNotContain(c.Messages, m => m.Contents.OfType<DataContent>().Any()));
    }

    [Fact]
    public async Task Check000A5_Coordinator_SkipsAndRepeatsSpecialistsByQuery()
    {
        var scripts = new Scripts(heard => heard.Role != "boss" ? heard.Role : heard.Text.StartsWith("colour", StringComparison.Ordinal)
            ? Instruct(heard.Text.Split("[eyes to").Length > 2 ? "" : "eyes", "look")
            : Instruct(heard.Text.Contains("[ears to", StringComparison.Ordinal) ? "" : "ears", "listen"));
        var team = TeamPatterns.Coordinator("senses", Teams.Role("boss"), Teams.Members("eyes", "ears"));

        var colour = await team.RecordAsync("colour?", scripts.Runtime);
        var sound = await team.RecordAsync("sound?", scripts.Runtime);

        Assert.Equal((2, 0), (Calls(colour, "eyes"), Calls(colour, "ears")));
        Assert.Equal((0, 1), (Calls(sound, "eyes"), Calls(sound, "ears")));

        static int Calls(RecordedRun<string> run, string role) => run.Trajectory.Nodes.Count(n => n.Role == role);
    }

    [Fact]
    public async Task Coordinator_InstructionsUsedUp_AnswersWithTheLastWords()
    {
        var scripts = new Scripts(heard => heard.Role == "boss" ? Instruct("eyes", "look") : $"saw {heard.Index}");

        var result = await TeamPatterns.Coordinator("senses", Teams.Role("boss"), Teams.Members("eyes"), new() { MaxInstructions = 1 }).Definition.RunAsync(new("task"), scripts.Runtime);

        Assert.Equal(("saw 1", false), (result.State.Answer, result.State.IsSettled));
    }

    private static string Instruct(string to, string text) => Scripts.Json(new { to, text });

    private sealed record Rooms(int Count, int Goal, string Last = "the hall", int Steps = 0, bool IsFound = false);

    private sealed class Hiding() : TeamEnvironment<int, Rooms>("hiding")
    {
        public override Rooms Reset(int rooms, Random random) => new(rooms, random.Next(rooms));

        public override Prompt Observe(Rooms world, string role) => $"Nothing in {world.Last}. Go to one of: {string.Join(' ', Enumerable.Range(0, world.Count).Select(r => $"r{r}"))}";

        public override Rooms Step(Rooms world, IReadOnlyDictionary<string, string> actions) =>
            world with { Steps = world.Steps + 1, Last = actions.Single().Value, IsFound = actions.Single().Value == $"r{world.Goal}" };

        public override bool IsDone(Rooms world) => world.IsFound;

        public override double Score(Rooms world) => world.IsFound ? 1 : 0;
    }
}
