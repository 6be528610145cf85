using System.Collections.Concurrent;

namespace AgentTeams.KillMcp;

/// <summary>Fifty callers of one server that is killed again and again.</summary>
internal static class CallStorm
{
    private const int Callers = 50;
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(120);

    public static async Task<string> RunAsync(Victims victims, int kills)
    {
        var (results, failures, isOver) = (0, new ConcurrentDictionary<McpFailure, int>(), false);
        await using (var server = await McpToolset.ConnectStdioAsync(Victims.Server(victims.Mark)))
        {
            var work = server["work"];
            var callers = Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
            {
                for (var i = 0; !Volatile.Read(ref isOver); i++)
                {
                    var text = FormattableString.Invariant($"{caller} {i}");
                    try
                    {
                        var result = ToolResult.From(await work.InvokeAsync(new(new Dictionary<string, object?> { ["text"] = text, ["milliseconds"] = (caller + i) % 20 })).AsTask().WaitAsync(s_longest));
                        if (result.Text != text || result.IsError) throw new KillTestException($"the call '{text}' was answered '{result.Text}'");
                        Interlocked.Increment(ref results);
                    }
                    catch (McpToolException e)
                    {
                        failures.AddOrUpdate(e.Failure, 1, (_, n) => n + 1);
                        // Nobody asks a server that is gone as fast as an exception is thrown.
                        await Task.Delay(5);
                    }
                    catch (TimeoutException)
                    {
                        throw new KillTestException($"the call '{text}' came to nothing in {s_longest}");
                    }
                }
            })).ToList();
            while (victims.Killed < kills)
            {
                // Half of them once the server works again, half at any moment, also while it starts.
                if (victims.Random.Next(2) == 0) await UntilAsync(() => Volatile.Read(ref results), callers);
                await victims.PauseAsync(500);
                victims.KillServer();
                if (callers.Find(c => c.IsFaulted) is { } failed) await failed;
            }

            await UntilAsync(() => Volatile.Read(ref results), callers);
            Volatile.Write(ref isOver, true);
            await Task.WhenAll(callers);
            await victims.EnsureLeftAsync(2, "beside the server and what it started");
        }

        await victims.EnsureLeftAsync(0, "after the toolset was disposed");
        return $"{victims.Killed} kills under {Callers} callers: {results} results, {failures.Values.Sum()} typed errors ({string.Join(", ", failures.OrderBy(f => f.Key).Select(f => $"{f.Value} {f.Key}"))}), nothing else, no process left";
    }

    private static async Task UntilAsync(Func<int> results, List<Task> callers)
    {
        var before = results();
        for (var i = 0; results() == before; i++)
        {
            if (callers.Find(c => c.IsFaulted) is { } failed) await failed;
            if (i > s_longest.TotalMilliseconds / 10) throw new KillTestException($"no call succeeded in {s_longest}");
            await Task.Delay(10);
        }
    }
}
