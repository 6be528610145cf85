namespace AgentTeams.Hosting;

internal static class RunIds
{
    /// <summary>An id that cannot be guessed: whoever knows it can join the run.</summary>
    public static string New() => Guid.NewGuid().ToString("n");

    /// <summary>Whether a store can have a run of that id.</summary>
    public static bool IsValid(string id) => id.Length is > 0 and <= 100 && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ':');
}
