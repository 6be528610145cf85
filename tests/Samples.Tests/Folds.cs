using AgentTeams.Tests;

namespace AgentTeams.Samples.Tests;

/// <summary>The published problem files, for tests that are skipped where they are absent.</summary>
internal static class Folds
{
    public static string PathOf(string name) => SharedData.Find($"data/{name}.csv")!;
}
