using AgentTeams.Collaboration;

namespace AgentTeams.Tests;

/// <summary>The code of docs/governance.md, as it stands there.</summary>
internal static class GovernanceSnippets
{
    public static async Task<(Conversation State, GovernanceCost Cost, ClaimTrace Claim, string Answer)> RunAsync(Role checker, Role planner, Role executor, Role summariser, byte[] key, TeamRuntime runtime)
    {
        var governance = new Governance { Verifier = MessageVerifier.Vote(checker, checks: 3), MaxRepairs = 2 };
        var report = TeamPatterns.Sequential("report", [planner, executor, summariser], new() { Governance = governance });
        var run = await report.Definition.RecordAsync(new("How long is the bridge?"), runtime);
        foreach (var refused in run.State!.Quarantine) Console.WriteLine($"{refused.Message.From} after {refused.Attempts} attempts: {refused.Reason}");

        var cost = GovernanceCost.Of(run.Trajectory);
        Console.WriteLine($"{cost.Members.Calls} calls of members, {cost.Repairs.Calls} again, {cost.Checks.Calls} checks of {cost.Checks.Tokens} tokens");

        var lineage = LineageGraph.Of(run.Trajectory);
        var claim = lineage.Trace("The bridge is 400 m long.");
        Console.WriteLine($"first said by {claim.Origin?.Speaker}, held by {claim.Holders.Length}, reached {claim.Reached.Length} more, in the outcome: {claim.IsInOutcome}");

        var vault = new SecretVault(new() { Key = key });
        var zone = new TrustZone(vault) { Tools = ["send_mail"], Roles = ["clerk"] };
        var answer = await report.RunAsync("Write to lee@example.org.", runtime, new() { Middleware = [zone.ToMiddleware()] });
        Console.WriteLine(vault.Reveal(answer));
        return (run.State, cost, claim, answer);
    }

    public static Workflow<Conversation> Own(Governance governance, Role planner)
    {
        var wf = Workflow.CreateBuilder<Conversation>("own");
        var plan = wf.AddGovernedRole(governance, planner, s => s.Task, (s, reply) => s with { Answer = reply.Text });
        wf.Start(plan);
        return wf.Build();
    }
}
