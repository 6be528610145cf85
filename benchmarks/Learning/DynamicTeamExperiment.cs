using System.Globalization;
using System.Text.Json;
using AgentTeams.Collaboration;
using AgentTeams.Samples;
using AgentTeams.Samples.WordProblems;
using Microsoft.Extensions.AI;

namespace AgentTeams.Benchmarks.Learning;

/// <summary>
/// DyLAN's claims on the generated word problems: solvers that stop by consensus and select who goes on are right as often as those who always answer in every round, with fewer calls; and the importance score finds a solver that knows
/// nothing. A solver is a planner and a coder after supervised training, with the calculator; solvers differ by their draws.
/// </summary>
internal static class DynamicTeamExperiment
{
    private const int Problems = 300;
    private const int SamplingSeeds = 10;
    private static readonly string[] s_solvers = ["ann", "bob", "cat", "dan"];
    private static readonly DynamicOptions s_dynamic = new() { Rounds = 3, Propose = view => view.Task, Reconsider = view => view.Task };

    private sealed record Outcome(double Success, double Calls, IReadOnlyList<Conversation> Runs);

    public static async Task<IReadOnlyList<Criterion>> RunAsync()
    {
        var root = Directory.CreateTempSubdirectory();
        var (saved, lost, without, found) = (new double[Experiment.Seeds], new double[Experiment.Seeds], new double[Experiment.Seeds], 0);
        for (var seed = 1; seed <= Experiment.Seeds; seed++)
        {
            var folder = Path.Combine(root.FullName, seed.ToString(CultureInfo.InvariantCulture));
            await EstimatorTable.SuperviseAsync(seed, folder);
            await using var trained = await new WordProblemProgram().StartAsync(new() { Seed = seed, Steps = 0 }, default);
            await using var fresh = await new WordProblemProgram().StartAsync(new() { Seed = seed, Steps = 0 }, default);
            await using var calculator = await McpToolset.ConnectStdioAsync(CalculatorServer.Options(), default);
            foreach (var model in trained.Plan.Models.Models) await model.LoadAsync(Path.Combine(folder, model.Id));
            var runtime = RuntimeOf(trained.Plan.Models, fresh.Plan.Models);
            var problems = ProblemSets.Load(new() { Seed = seed }).Test.Take(Problems).ToList();
            TeamMember[] solvers = [.. s_solvers.Select(name => Solver(name, trained.Plan.Models.Team, calculator["calculate"]))];

            var always = await RunAsync(TeamPatterns.Dynamic("static", solvers, s_dynamic with { Consensus = 1, SelectAfter = 3 }), problems, runtime, seed);
            var dynamic = await RunAsync(TeamPatterns.Dynamic("dynamic", solvers, s_dynamic), problems, runtime, seed);
            var one = await RunAsync(TeamPatterns.Dynamic("one-round", solvers, s_dynamic with { Rounds = 1 }), problems, runtime, seed);
            saved[seed - 1] = 1 - (dynamic.Calls / always.Calls);
            lost[seed - 1] = always.Success - dynamic.Success;
            without[seed - 1] = always.Success - one.Success;
            Console.Error.WriteLine($"seed {seed}: always {always.Success:P1} with {always.Calls:0.0} calls, dynamic {dynamic.Success:P1} with {dynamic.Calls:0.0}, one round {one.Success:P1} with {one.Calls:0.0}");
            if (seed == 1) found = await FindAsync(solvers, trained.Plan.Models.Team, calculator["calculate"], problems, runtime);
        }

        root.Delete(recursive: true);
        return
        [
            Criterion.AtLeast("share of the static team's calls that is saved", 0.3, saved),
            Criterion.AtMost("success that is lost by it, mean of the seeds", 0.02, [lost.Average()]),
            Criterion.AtLeast($"seeds of {SamplingSeeds} in which the importance score finds the useless solver", 9, [found]),
            Criterion.AtMost("success lost by one round alone, mean of the seeds, to compare with", 1, [without.Average()]),
        ];
    }

    private static async Task<int> FindAsync(TeamMember[] solvers, Team team, AIFunction calculator, List<Problem> problems, TeamRuntime runtime)
    {
        var members = s_solvers.Append("useless").ToList();
        var withUseless = TeamPatterns.Dynamic("with-useless", [.. solvers, Solver("useless", team, calculator, "-untrained")], s_dynamic);
        var found = 0;
        for (var seed = 1; seed <= SamplingSeeds; seed++)
        {
            var runs = await RunAsync(withUseless, [.. problems.Take(20)], runtime, 100 + seed);
            if (TeamImportance.OfAll(runs.Runs, members).MinBy(s => s.Value).Key == "useless") found++;
        }

        return found;
    }

    private static async Task<Outcome> RunAsync(BoundWorkflow<Conversation, string, string> team, List<Problem> problems, TeamRuntime runtime, long seed)
    {
        var done = new (bool IsRight, int Calls, Conversation State)[problems.Count];
        await Parallel.ForAsync(0, problems.Count, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (i, token) =>
        {
            var task = JsonSerializer.Serialize(TeamState.Of(problems[i]));
            var result = await team.Definition.RunAsync(new(task), runtime, new() { Seed = new(seed, "solve", Task: problems[i].Id) }, token);
            var isRight = double.TryParse(result.State.Answer, CultureInfo.InvariantCulture, out var value) && problems[i].IsAnswer(value);
            done[i] = (isRight, result.Nodes.Count(n => n.Kind == NodeKind.Role), result.State);
        });
        return new(done.Average(d => d.IsRight ? 1.0 : 0), done.Average(d => d.Calls), [.. done.Select(d => d.State)]);
    }

    private static TeamMember Solver(string name, Team team, AIFunction calculator, string suffix = "")
    {
        var wf = Workflow.CreateBuilder<TeamState>(name);
        var plan = wf.AddRole(team[Prompts.Planner] with { Name = Prompts.Planner + suffix }, Prompts.ForPlanner, (s, reply) => s with { Plan = reply.Text });
        var code = wf.AddRole(team[Prompts.Coder] with { Name = Prompts.Coder + suffix }, Prompts.ForCoder, (s, reply) => s with { Expression = reply.Text });
        var run = wf.AddTool(calculator, s => new { expression = Problem.Substitute(s.Expression, s.Numbers) }, (s, result) => s with { Value = result.IsError ? Prompts.NoValue : result.Text });
        wf.Start(plan).Then(code).Then(run);
        return wf.Build().Bind((string task) => JsonSerializer.Deserialize<TeamState>(task)!, s => s.Value, new() { Name = name });
    }

    private static TeamRuntime RuntimeOf(TeamModels trained, TeamModels fresh)
    {
        const string Untrained = "-untrained";
        return new()
        {
            ChatClientSelector = role => role.Name.EndsWith(Untrained, StringComparison.Ordinal) ? fresh.GetChatClient(fresh.Team[role.Name[..^Untrained.Length]]) : trained.GetChatClient(trained.Team[role.Name]),
        };
    }
}
