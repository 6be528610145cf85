namespace AgentTeams.Runs;

/// <summary>Shows the events of a run. Disposal restores the terminal.</summary>
internal interface IRunDisplay : IAsyncDisposable
{
    void Show(RunEvent e);
}

/// <summary>Picks the display that suits where the output goes.</summary>
internal static class RunDisplays
{
    public static IRunDisplay Create(RunDisplayOptions options, TimeProvider time)
    {
        var profile = options.Console.Profile;
        var isLive = options.Output == RunOutput.Live || (options.Output == RunOutput.Auto && profile.Capabilities is { Ansi: true, Interactive: true } && profile.Out.IsTerminal);
        return options.Output switch
        {
            RunOutput.None => new NoDisplay(),
            RunOutput.Json => new JsonDisplay(profile.Out.Writer),
            _ => isLive ? new LiveDisplay(options.Console, time) : new PlainDisplay(profile.Out.Writer, time),
        };
    }

    private sealed class NoDisplay : IRunDisplay
    {
        public void Show(RunEvent e) { }

        public ValueTask DisposeAsync() => default;
    }
}
