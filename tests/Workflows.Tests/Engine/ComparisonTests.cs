namespace AgentTeams.Tests;

public sealed class ComparisonTests
{
    [Fact]
    public async Task Of_ForkWithAnEditedState_TellsWhatItDidDifferently()
    {
        var team = new DurableTeam();
        var options = DurableTeam.Options(new()) with { Checkpoints = null, RunId = null };
        var first = await team.Workflow.RunAsync(new("a b"), team.Runtime, options);
        var fork = await team.Workflow.ResumeAsync(await team.Workflow.ForkAsync(first.Run, "loop", s => s with { Topic = "a q r" }), team.Runtime, options);

        var differences = RunComparison.Of(first.Run, fork.Run).ToDictionary(d => (d.Left ?? d.Right)!.Id);

        Assert.Equal(VisitDifferenceKind.Equal, differences["tooled"].Kind);
        Assert.Equal(VisitDifferenceKind.Equal, differences["each[0]/summariser"].Kind);
        Assert.Equal(VisitDifferenceKind.Result, differences["each[1]/summariser"].Kind);
        Assert.Equal(VisitDifferenceKind.OnlyRight, differences["each[2]/summariser"].Kind);
        Assert.Equal("each[1]/summariser: said sum b | said sum q", differences["each[1]/summariser"].ToString());
        Assert.All(RunComparison.Of(first.Run, first.Run), d => Assert.Equal(VisitDifferenceKind.Equal, d.Kind));
    }
}
