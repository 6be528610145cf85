using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class LineageTests
{
    [Fact]
    public async Task Trace_OfAClaim_TellsWhereItComesFromAndWhatItReached()
    {
        var scripts = new Scripts(h => h.Role switch { "ann" => "The bridge is old. It is 400 m long.", "bob" => "As ann says, wait. It is 400 m long.", "cat" => "We need more steel.", _ => "Done." });
        var run = await TeamPatterns.Sequential("team", Teams.Members("ann", "bob", "cat")).Definition.RecordAsync(new("How long?"), scripts.Runtime, recording: new() { Outcome = s => s.Answer });

        foreach (var lineage in new[] { LineageGraph.Of(run.Trajectory), LineageGraph.Of(run.State!) })
        {
            var claim = lineage.Trace("it is 400 m  long");

            Assert.Equal("ann", claim.Origin!.Speaker);
            Assert.Equal(["ann", "bob"], claim.Holders.Select(s => s.Speaker));
            Assert.Equal(["cat"], claim.Reached.Select(s => s.Speaker));
            Assert.Equal((false, false, 2 / 3.0), (claim.IsInOutcome, claim.WasGiven, claim.Spread));
            Assert.True(lineage.Trace("We need more steel.").IsInOutcome);
            Assert.Equal(["ann", "bob"], lineage.SourcesOf(lineage.Statements[2].Id).Select(s => s.Speaker));
            Assert.Null(lineage.Trace("Nobody said this.").Origin);
        }
    }

    [Fact]
    public async Task Trace_OfARefusedClaim_ReachesNobody()
    {
        var scripts = new Scripts(h => h.Role == "ann" ? h.Messages.Count == 1 ? "It is 400 m long." : "It is 40 m long." : "Fine.");
        var governance = new Governance { Verifier = MessageVerifier.By(m => m.Text.Contains("400", StringComparison.Ordinal) ? "No." : null) };
        var run = await TeamPatterns.Sequential("team", Teams.Members("ann", "bob"), new() { Governance = governance }).Definition.RecordAsync(new("How long?"), scripts.Runtime);

        var claim = LineageGraph.Of(run.Trajectory).Trace("It is 400 m long.");

        Assert.Equal("ann", claim.Origin!.Speaker);
        Assert.DoesNotContain(claim.Holders, s => s.Speaker == "bob");
        Assert.False(claim.IsInOutcome);
    }

    [Fact]
    public async Task Of_AToolsResult_IsASourceOfWhatItsCallerSays()
    {
        var look = AIFunctionFactory.Create(() => new { length = "It is 40 m long." }, "look");
        var role = Teams.Role("ann") with { Tools = [look] };
        var scripts = new Scripts(h => h.Messages.Count == 1 ? ScriptedReply.CallTool("look") : ScriptedReply.Say("Seen: yes. It is 40 m long."));
        var run = await TeamPatterns.Sequential("team", [role]).Definition.RecordAsync(new("How long?"), scripts.Runtime);

        var lineage = LineageGraph.Of(run.Trajectory);

        Assert.Equal("look", lineage.Trace("It is 40 m long.").Origin!.Speaker);
        Assert.Contains(lineage.Edges, e => lineage.Statements.Single(s => s.Id == e.From).Speaker == "look" && lineage.Statements.Single(s => s.Id == e.To).Speaker == "ann");
        Assert.Throws<AgentTeamsException>(() => lineage.SourcesOf("nobody"));
        Assert.Throws<AgentTeamsException>(() => lineage.Trace(" ."));
    }
}
