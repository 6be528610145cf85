using System.Globalization;

namespace AgentTeams.Tests;

/// <summary>How long searches for inputs that break something go on: as long as a change can wait for, and longer with AGENTTEAMS_TEST_DEPTH.</summary>
internal static class TestDepth
{
    private static readonly int s_factor = int.Parse(Environment.GetEnvironmentVariable("AGENTTEAMS_TEST_DEPTH") ?? "1", CultureInfo.InvariantCulture);

    /// <summary>How many inputs to try.</summary>
    public static int Of(int inputs) => inputs * s_factor;
}
