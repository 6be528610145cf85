using System.Diagnostics;
using System.Reflection;

namespace AgentTeams.Tests;

public sealed class PatternSamplesTests
{
    public static TheoryData<string, string> Samples => new()
    {
        { "protocols", "IntentionBroadcast: [ann] ann is done [bob] bob is done" },
        { "message-passing", "settled: Sold to the buyer for 20." },
        { "intention-broadcast", "turn 0, intention: [right] I take the blue box" },
        { "dialogue", "settled: Wednesday, agreed." },
        { "inner-monologue", "turn 1, question: [thinker to observer] What is behind it?" },
        { "simulated-user", "settled: Go to bed earlier." },
        { "blackboard", "settled: Paris, two million inhabitants." },
        { "sequential", "settled: It is 42, which is even." },
        { "vote", "settled: A whale is a mammal" },
        { "ranked", "settled: Under one roof." },
        { "debate", "n2{{\"argue\"}}" },
        { "group-chat", "turn 2, verdict: [chief] (end)" },
        { "handoff", "turn 1, say: [billing] The second charge is refunded." },
        { "coordinator", "turn 0, question: [coordinator to reader] Read the sign." },
        { "planner-workers", "settled: Soup with carrots is served." },
        { "generate-verify-refine", "at its limit: Rain." },
        { "mixture-of-agents", "[ann] Air scatters short waves most." },
        { "dynamic-team", "contributed: ann 0.50, bob 0.25, cat 0.25, dan 0.00" },
        { "cascade", "settled: 173." },
        { "relay", "settled: Nobody had lit it since the war. Then one night it shone. The end." },
        { "tree-search", "settled: 2 3 5" },
        { "hierarchy", "settled: Open on Sundays, too!" },
        { "graph", "A whale is a mammal (source: a zoologist)." },
        { "five-modules", "score 1 after 3 steps" },
        { "governance", "repairs 1, checks 3; said first by ann, in the outcome: False" },
        { "trust-zone", "sent to lee@example.org" },
        { "memory", "run 2 was told: - bridge.length: 40 m (said by surveyor)" },
        { "shared-context", "version 2, planner: plan = Three spans for 40 m." },
    };

    [Fact]
    public async Task Samples_All_ShowTheirPoints()
    {
        var (code, output) = await RunAsync("all");

        Assert.Equal(0, code);
        foreach (var sample in Samples)
        {
            var (name, line) = ((string)sample[0], (string)sample[1]);
            Assert.Contains(line, output.Split("--- ").Single(s => s.StartsWith(name + "\n", StringComparison.Ordinal)), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("message-passing")]
    [InlineData("planner-workers")]
    public async Task Sample_OnTheLocalModel_HoldsItsForm(string name)
    {
        var (code, output) = await RunAsync(name, "--local");

        Assert.Equal(0, code);
        Assert.Matches("(settled|at its limit): ", output);
    }

    [Fact]
    public async Task Program_WithoutAName_ListsEverySampleOfTheTests()
    {
        var (_, output) = await RunAsync();

        Assert.Equal(Samples.Select(s => (string)s[0]), output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void Files_OfTheSamples_AreOfAtMostSixtyLines() =>
        Assert.All(Directory.GetFiles(GuideCode.PathOf("samples/Patterns"), "*.cs"), f => Assert.InRange(File.ReadAllLines(f).Length, 1, 60));

    private static async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        var dll = typeof(PatternSamplesTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "Patterns").Value!;
        using var process = Process.Start(new ProcessStartInfo("dotnet", [dll, .. arguments]) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output);
    }
}
