using Spectre.Console;

namespace AgentTeams.Samples.WordProblems;

/// <summary>Picks the display that suits where the output goes.</summary>
internal static class RunDisplay
{
    /// <summary>Creates a display.</summary>
    /// <param name="json">Whether stdout is reserved for the result.</param>
    /// <param name="console">Where people read.</param>
    /// <param name="error">Where people read when stdout is reserved.</param>
    /// <param name="time">The clock.</param>
    public static IRunDisplay Create(bool json, IAnsiConsole console, TextWriter error, TimeProvider time)
    {
        if (json) return new QuietDisplay(error);
        var profile = console.Profile;
        return profile.Capabilities is { Ansi: true, Interactive: true } && profile.Out.IsTerminal
            ? new LiveDisplay(console, time)
            : new PlainDisplay(console, time);
    }
}
