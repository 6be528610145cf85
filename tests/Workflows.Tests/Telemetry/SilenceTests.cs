using System.Diagnostics;

namespace AgentTeams.Tests;

/// <summary>Where nobody listens. No test of this project does.</summary>
public sealed class SilenceTests
{
    [Fact]
    public void HasListeners_NobodyListens_IsFalseAndAllocatesNothing()
    {
        Assert.False(WorkflowTelemetry.HasListeners);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var heard = 0;
        for (var i = 0; i < 1000; i++)
        {
            if (WorkflowTelemetry.HasListeners) heard++;
        }

        Assert.Equal((0, 0L), (heard, GC.GetAllocatedBytesForCurrentThread() - before));
    }

    [Fact]
    public async Task RunAsync_NobodyListens_BeginsNoSpan()
    {
        var workflow = Helpers.OneRole(Helpers.Role("writer"));
        using var model = new ScriptedChatClient("wet");
        var seen = new List<Activity?>();
        var middleware = WorkflowMiddleware.OnModelCall((call, next, token) =>
        {
            seen.Add(Activity.Current);
            return next(call, token);
        });
        await workflow.RunAsync(new(), Helpers.Runtime(model), new() { Middleware = [middleware] });
        Assert.Equal([null], seen);
    }
}
