namespace AgentTeams.Hosting;

internal static class RunIds
{
    /// <summary>An id that cannot be guessed: whoever knows it can join the run.</summary>
    public static string New() => Guid.NewGuid().ToString("n");
}
