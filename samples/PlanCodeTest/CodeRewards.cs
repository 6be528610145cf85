using System.Text.Json;

namespace AgentTeams.Samples.PlanCodeTest;

/// <summary>
/// The four terms of MAGRPO's code reward (Liu et al. 2025), each with its own name: both functions are there, the program parses, the share of assertions that hold, and a
/// bonus where the helper is really used. All are functions of the recorded run.
/// </summary>
internal static class CodeRewards
{
    public static RewardComposer Create() => new RewardComposer()
        .Add(new OutcomeReward(run => (Reading(run).HasAuxiliary ? 0.5 : 0) + (Reading(run).HasMain ? 0.5 : 0), "structure"), 0.2)
        .Add(new OutcomeReward(run => Outcome(run) == "syntax_error" ? 0 : 1, "syntax"), 0.2)
        .Add(new OutcomeReward(Tests, "tests"))
        .Add(new CooperationReward
        {
            Criteria = new Dictionary<string, Func<Trajectory, string, bool>>
            {
                [CodeTeam.Planner.Name] = (run, _) => Reading(run).HasAuxiliary,
                [CodeTeam.Coder.Name] = (run, _) => Reading(run).IsUsed,
            },
        }, 0.5);

    /// <summary>How the functions of a run work together.</summary>
    public static CooperationReading Reading(Trajectory run)
    {
        var arguments = Test(run).Arguments!.Value;
        return CodeCooperation.Read(arguments.GetProperty("code").GetString()!, arguments.GetProperty("entry_point").GetString()!, CodeTeam.Helper);
    }

    private static double Tests(Trajectory run)
    {
        var (passed, failed) = (Count(run, "tests_passed"), Count(run, "tests_failed"));
        return Outcome(run) == "passed" ? 1 : passed + failed == 0 ? 0 : (double)passed / (passed + failed);
    }

    private static int Count(Trajectory run, string name) => Test(run).Result!.Value.TryGetProperty(name, out var count) ? count.GetInt32() : 0;

    private static string? Outcome(Trajectory run) => Test(run).Result!.Value.GetProperty("outcome").GetString();

    private static TrajectoryNode Test(Trajectory run) => run.Nodes.Last(n => n is { Kind: NodeKind.Tool, Result.ValueKind: JsonValueKind.Object });
}
