using System.Diagnostics;
using System.Text.Json;

namespace AgentTeams.Samples.Arena;

/// <summary>Runs the comparison: a plan for each game and seed, as many at once as there are processors, each on one thread.</summary>
internal static class ArenaProgram
{
    /// <summary>Runs it and writes the tables, and one line of JSON at the end.</summary>
    /// <returns>The exit code: 0 done, 130 interrupted; the same call goes on.</returns>
    public static async Task<int> RunAsync(ArenaOptions options, TextWriter output, CancellationToken cancellationToken = default)
    {
        var watch = Stopwatch.StartNew();
        var written = TextWriter.Synchronized(output);
        var jobs = (from seed in Enumerable.Range(1, options.Seeds) from game in options.Games select (Game: game, Seed: seed)).ToList();
        var results = new TrainingResult?[jobs.Count];
        await Parallel.ForAsync(0, jobs.Count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken },
            async (i, token) => results[i] = await RunAsync(options, jobs[i].Game, jobs[i].Seed, written, token));
        if (results.Contains(null)) return 130;
        var games = options.Games.Select(g => (Game: g, Rows: ArenaRow.Of([.. jobs.Select((job, i) => (job, i)).Where(j => j.job.Game == g).Select(j => results[j.i]!)]))).ToList();
        foreach (var (game, rows) in games)
        {
            ArenaTable.Write(written, game, rows);
            if (options.Seeds > 1) RunReport.WriteComparison([.. Enumerable.Range(1, options.Seeds).Select(s => RunFolder.Read(FolderOf(options, game, s)))], Path.Combine(options.Folder, $"{game}.html"));
        }

        written.WriteLine(JsonSerializer.Serialize(new { seconds = Math.Round(watch.Elapsed.TotalSeconds), games = games.Select(g => ArenaTable.ToJson(g.Game, g.Rows)) }));
        return 0;
    }

    private static async Task<TrainingResult?> RunAsync(ArenaOptions options, string name, int seed, TextWriter output, CancellationToken cancellationToken)
    {
        using var models = ArenaTeam.Create(seed);
        using var swapped = ArenaTeam.Swapped(models);
        var folder = FolderOf(options, name, seed);
        var plan = new ArenaPlan(options, mover => name == PlanPath.GameName ? new PlanPath(mover) : new Sokoban(mover), seed, folder, models, swapped).Create();
        var display = new RunDisplayOptions { Output = RunOutput.None, Progress = new Lines(e =>
        {
            if (e is TeamEvaluated made) output.WriteLine($"{name}, seed {seed}: {made.Evaluation.Name} {made.Evaluation.Success.Rate:P1}");
        }) };
        return await plan.RunAsync(new() { Folder = folder, CheckpointEvery = 50 }, display, cancellationToken);
    }

    private static string FolderOf(ArenaOptions options, string game, int seed) => Path.Combine(options.Folder, $"{game}-{seed}");

    private sealed class Lines(Action<RunEvent> write) : IProgress<RunEvent>
    {
        public void Report(RunEvent value) => write(value);
    }
}
