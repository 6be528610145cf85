using System.Collections.Immutable;
using System.Text.Json;

namespace AgentTeams.Testing;

/// <summary>Ends a run at each of its commits, as a crash would, and looks whether it goes on to the same end.</summary>
public static class ResumeCheck
{
    private const string RunId = "resume-check";

    /// <summary>
    /// Runs a workflow to its end; then, for each commit, once more up to there, and resumes it. Ensures that state and record are those of the undisturbed run: that updates, conditions
    /// and prompts are functions of the state, and what works outside of the run is a tool or a function that gives a value.
    /// </summary>
    /// <typeparam name="TState">The workflow's state.</typeparam>
    /// <param name="workflow">The workflow.</param>
    /// <param name="state">Where it begins.</param>
    /// <param name="runtime">
    /// What it runs on. What was under way at a crash is asked again, so replies must depend on what is asked and not on how often: use
    /// <c>TeamScript.Role(role, call => ...)</c>.
    /// </param>
    /// <param name="options">How it is run; its store and id are not used.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    /// <returns>How many commits there were.</returns>
    /// <exception cref="ResumeCheckException">A resumed run ended otherwise; the message says after which commit, and what differs.</exception>
    public static async Task<int> ResumesFromEveryCommitAsync<TState>(Workflow<TState> workflow, TState state, TeamRuntime runtime, WorkflowRunOptions? options = null,
        CancellationToken cancellationToken = default)
        where TState : notnull
    {
        ArgumentNullException.ThrowIfNull(workflow);
        var undisturbed = new CrashingStore();
        var expected = await RunAsync(undisturbed).ConfigureAwait(false);
        for (var commit = 0; commit < undisturbed.Appends; commit++)
        {
            var store = new CrashingStore { CrashAt = commit };
            try
            {
                await RunAsync(store).ConfigureAwait(false);
            }
            catch (Exception) when (store.HasCrashed)
            {
                // What the crash made of the run that it ended is nobody's concern.
            }

            store.CrashAt = null;
            var resumed = await RunAsync(store).ConfigureAwait(false);
            Compare("state", commit, JsonSerializer.Serialize(expected.State), JsonSerializer.Serialize(resumed.State));
            Compare("record", commit, Written(expected.Nodes), Written(resumed.Nodes));
        }

        return undisturbed.Appends;

        Task<WorkflowResult<TState>> RunAsync(CrashingStore store) => workflow.RunAsync(state, runtime, (options ?? new()) with { Checkpoints = store, RunId = RunId }, cancellationToken);
    }

    private static void Compare(string what, int commit, string expected, string found)
    {
        if (expected == found) return;
        var at = expected.Zip(found).TakeWhile(p => p.First == p.Second).Count();
        throw new ResumeCheckException($"The run that was resumed after {commit} commits has another {what}: '…{Around(found, at)}…' in place of '…{Around(expected, at)}…'. What depends on anything but the state, such as a "
            + "clock, a random number or a counter, belongs into a tool or into a function that gives a value; scripted replies must depend on what is asked.");
    }

    private static string Around(string text, int at) => text[Math.Max(0, at - 40)..Math.Min(text.Length, at + 40)];

    private static string Written(ImmutableArray<TrajectoryNode> nodes) => string.Join('\n', nodes.Select(n => JsonSerializer.Serialize(n with { Start = default, Duration = default, Tries = [] }, TrajectoryJson.Options)));
}

/// <summary>A resumed run ended otherwise than an undisturbed one.</summary>
public sealed class ResumeCheckException : AgentTeamsException
{
    internal ResumeCheckException(string message)
        : base(message)
    {
    }
}
