using AgentTeams.Collaboration;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>The code of docs/patterns.md, as it stands there.</summary>
internal static class PatternsSnippets
{
    public interface ICompiler
    {
        Task<string?> CheckAsync(string draft, CancellationToken token);
    }

    public static IReadOnlyDictionary<string, BoundWorkflow<Conversation, string, string>> Teams(Func<string, Role> role, ICompiler compiler)
    {
        var (ann, bob, cat, judge, manager, writer, editor) = (role("ann"), role("bob"), role("cat"), role("judge"), role("manager"), role("writer"), role("editor"));
        var (planner, executor, summariser, front, billing, technician) = (role("planner"), role("executor"), role("summariser"), role("front"), role("billing"), role("technician"));
        var (coordinator, cook, shopper) = (role("coordinator"), role("cook"), role("shopper"));
        var (small, large) = (role("small"), role("large"));
        var (generator, refiner, expert, aggregator) = (role("generator"), role("refiner"), role("expert"), role("aggregator"));

        var report = TeamPatterns.Sequential("report", [planner, executor, summariser]);

        var vote = TeamPatterns.Concurrent("vote", [ann, bob, cat], Aggregation.Majority(new() { Tie = TieRule.Earliest }));
        var weighted = TeamPatterns.Concurrent("weighted", [ann, bob, cat], Aggregation.Weighted(new Dictionary<string, double> { ["ann"] = 2.2, ["bob"] = 0.9 }));
        var ranked = TeamPatterns.Concurrent("ranked", [ann, bob, cat], Aggregation.Ranked());
        var judged = TeamPatterns.Concurrent("judged", [ann, bob, cat], Aggregation.Judge(judge));

        var debate = TeamPatterns.Debate("debate", [ann, bob], judge, new() { Rounds = 2 });

        var chat = TeamPatterns.GroupChat("chat", [writer, editor], manager, new() { MaxTurns = 8 });

        var desk = TeamPatterns.Handoff("desk", [front, billing, technician], new() { MaxHandoffs = 4, Routes = from => from == "front" ? ["billing", "technician"] : ["front"] });

        var dinner = TeamPatterns.PlannerWorkers("dinner", planner, [cook, shopper], new() { MaxPlans = 2, MaxTasks = 8 });

        var verifier = Verifier.By(async (task, draft, token) => await compiler.CheckAsync(draft, token));
        var code = TeamPatterns.GenerateVerifyRefine("code", generator, verifier, new() { MaxAttempts = 3, Refiner = refiner, Fallback = expert });

        var mixture = TeamPatterns.MixtureOfAgents("mixture", [[ann, bob], [ann, bob]], aggregator);

        var board = TeamPatterns.Debate("board", [ann, bob], Aggregation.Majority(), new() { Description = "decides by debate" });
        var press = TeamPatterns.Sequential("press", [writer, editor], new() { Description = "writes announcements" });
        var firm = TeamPatterns.Coordinator("firm", coordinator, [board, press]);

        var dynamic = TeamPatterns.Dynamic("dynamic", [ann, bob, cat], new() { Rounds = 3, SelectAfter = 2, Keep = 2 });

        var cascade = TeamPatterns.Cascade("cascade", [small, large], Escalation.UnlessAgreed(samples: 3));
        var gated = TeamPatterns.Cascade("gated", [small, board], Escalation.UnlessAccepted(judge));
        var certain = TeamPatterns.Cascade("certain", [small, large], Escalation.BelowCertainty(0.8));

        var relay = TeamPatterns.Relay("relay", [large, small], new() { Until = text => text.EndsWith('.') });

        var search = TeamPatterns.TreeSearch("search", [ann, bob], judge, new() { Drafts = 12, Target = 0.9 });

        return new[] { report, vote, weighted, ranked, judged, debate, chat, desk, dinner, code, mixture, dynamic, cascade, gated, certain, relay, search, firm }.ToDictionary(t => t.Name);
    }

    public static async Task<IReadOnlyDictionary<string, double>> ImportanceAsync(Role ann, Role bob, Role cat, string[] tasks, TeamRuntime runtime)
    {
        var dynamic = TeamPatterns.Dynamic("dynamic", [ann, bob, cat]);
        var runs = new List<Conversation>();
        foreach (var task in tasks) runs.Add((await dynamic.Definition.RunAsync(new(task), runtime)).State);
        var importance = TeamImportance.OfAll(runs, ["ann", "bob", "cat"]);
        return importance;
    }

    public static async Task<(BoundWorkflow<Conversation, string, string> Team, string Answer)> SeeAsync(Role coordinator, Role reader, Role counter, DataContent image, TeamRuntime runtime)
    {
        var vision = TeamPatterns.Coordinator("vision", coordinator, [reader, counter], new() { MaxInstructions = 6 });
        var seen = await vision.Definition.RunAsync(new("What does the sign say?") { Attachments = [image] }, runtime);
        return (vision, seen.State.Answer);
    }

    public static Rollout<int> Act<TWorld>(TeamEnvironment<int, TWorld> environment, TeamModels models)
        where TWorld : notnull
    {
        var modules = new FiveModules();
        var episode = modules.ToWorkflow(environment, ["robot"], maxTurns: 10);
        var practice = Rollouts.From(modules.Play(environment, ["robot"]), modules.RolesOf(["robot"]), models, new() { Order = ActionOrder.Sequential });
        return episode.Name == environment.Name ? practice : throw new InvalidOperationException(episode.Name);
    }
}
