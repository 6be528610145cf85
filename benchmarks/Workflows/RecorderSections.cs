using System.Diagnostics;
using AgentTeams.Storage;

namespace AgentTeams.Benchmarks.Workflows;

/// <summary>What recording costs an application's calls, beside what the writer does on other cores meanwhile.</summary>
internal static class RecorderSections
{
    private const int Calls = 500;
    private const int Repeats = 40;

    public static async Task RecorderAsync()
    {
        var folder = Directory.CreateTempSubdirectory("recorder").FullName;
        try
        {
            using var store = await JsonlTrajectoryStore.OpenAsync(Path.Combine(folder, "runs.jsonl"));
            foreach (var rate in (double[])[1, 0.5, 0]) await CompareAsync(store, rate);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task CompareAsync(ITrajectoryStore store, double rate)
    {
        var plain = new InstantClient();
        await using var recorder = new ProductionRecorder(store, new() { SamplingRate = rate });
        foreach (var messages in (int[])[2, 20])
        {
            var conversation = Conversation(messages);
            var recorded = plain.RecordTo(recorder, "support", "answer a ticket");
            var without = await LeastAsync(recorder, () => plain.GetResponseAsync(conversation));
            var with = await LeastAsync(recorder, () => recorded.GetResponseAsync(conversation));
            Print($"recorded call of {messages} messages, rate {rate}", with.Least - without.Least, with.Median - without.Median);
        }

        var run = (await Workloads.Roles(10).RecordAsync(new(), Workloads.Runtime, Workloads.Options)).Trajectory;
        var number = 0;
        var record = await LeastAsync(recorder, () =>
        {
            recorder.Record(run with { Id = FormattableString.Invariant($"{rate}-{number++}") });
            return Task.CompletedTask;
        });
        Print($"recorded run of 10 role nodes, rate {rate}", record.Least, record.Median);
        Console.WriteLine(FormattableString.Invariant(
            $"{"",-45} {recorder.RecordedCount} recorded, {recorder.NotSampledCount} not sampled, {recorder.GetDroppedCount()} dropped"));
    }

    // The queue has room for one repeat, so that no call is cheap for being dropped.
    private static async Task<(double Least, double Median)> LeastAsync(ProductionRecorder recorder, Func<Task> call)
    {
        var times = new List<double>();
        for (var i = 0; i < 2 * Repeats; i++)
        {
            await recorder.FlushAsync();
            var watch = Stopwatch.StartNew();
            for (var j = 0; j < Calls; j++) await call();
            // The first half compiles.
            if (i >= Repeats) times.Add(watch.Elapsed.TotalMicroseconds / Calls);
        }

        times.Sort();
        return (times[0], times[times.Count / 2]);
    }

    private static List<ChatMessage> Conversation(int messages) =>
        [.. Enumerable.Range(0, messages)
            .Select(i => new ChatMessage(i % 2 == 0 ? ChatRole.User : ChatRole.Assistant, string.Concat(Enumerable.Repeat("where is my parcel? ", 20))))];

    private static void Print(string what, double least, double median) =>
        Console.WriteLine(FormattableString.Invariant($"{what,-45} {least,9:0.00} us, median {median:0.00} us"));
}
