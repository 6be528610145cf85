namespace AgentTeams.Benchmarks.Learning;

/// <summary>A tree of sixteen leaves beside sixteen chains: what is read, what is written, and what is learned at equal calls.</summary>
internal static class TreeExperiment
{
    private const int Depth = 4;
    private static readonly string[] s_questions = Games.Questions(4);

    public static async Task<IReadOnlyList<Criterion>> RunAsync()
    {
        var found = await Experiment.EachSeedAsync(3, async seed =>
        {
            var tree = await CostAsync(seed, tasks => new TreeSource<string>(tasks, [2, 2, 2, 2]), 1);
            var chains = await CostAsync(seed, tasks => new TaskSource<string>(tasks), 16);
            return [tree.Prefilled / chains.Prefilled, tree.Calls / chains.Calls, tree.Leaves];
        });
        return
        [
            Criterion.AtMost("prefilled tokens, tree / chains", 0.6, found[0]),
            Criterion.AtMost("model calls, tree / chains", 0.5, found[1]),
            Criterion.AtLeast("leaves", 16, found[2]),
        ];
    }

    private static async Task<(double Prefilled, double Calls, double Leaves)> CostAsync(int seed, Func<TaskSet<string>, IExperienceSource> source, int group)
    {
        using var team = new TinyTeam(seed, ModelMap.Separate("r0"), roles: 1);
        var tasks = TaskSet.Create(s_questions, q => q, async (q, key, token) =>
        {
            var said = new List<TrajectoryNode>();
            // Each call reads all that was said before, with what came of it; hardly two answers are the same.
            var outcome = string.Concat(Enumerable.Repeat("<q31>", 16));
            for (var t = 0; t < Depth; t++) said.Add(await team.AskAsync(0, q + string.Concat(said.Select((n, i) => $"<r{i}>{n.Text}{outcome}")), key, 1000, t, $"turn{t}", cancellationToken: token));
            return TinyTeam.Record(q, key, said);
        });
        var model = team.Models.Models.OfType<LocalLanguageModel>().Single();
        var before = model.Statistics;
        var groups = await source(tasks).SampleAsync(new() { Key = new SeedKey(seed, "tree"), Tasks = 4, GroupSize = group, Judge = (r, _) => Task.FromResult(r) });
        return (model.Statistics.PrefilledTokens - before.PrefilledTokens, groups.Sum(g => g.Trajectories.Sum(t => t.Nodes.Count(n => !n.Inherited))), groups[0].Trajectories.Length);
    }
}
