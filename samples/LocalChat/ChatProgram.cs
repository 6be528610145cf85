using Spectre.Console;

namespace AgentTeams.Samples.LocalChat;

/// <summary>Loads the model and answers one line after the other.</summary>
internal static class ChatProgram
{
    private const string SmokeQuestion = "How many apples are in the basket?";
    private const int SmokeTokens = 24;

    /// <summary>Runs until the input ends.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(ChatSettings settings, Terminal terminal, Interrupt interrupt)
    {
        if (settings.Smoke) (settings, terminal) = (settings with { MaxTokens = SmokeTokens }, terminal with { Input = new StringReader(SmokeQuestion), IsInteractive = false });
        try
        {
            using var random = settings.Folder is null ? new RandomModel() : null;
            using var model = CpuLanguageModel.Load("local", settings.Folder ?? random!.Folder, options: new CpuModelOptions { DefaultMaxOutputTokens = settings.MaxTokens });
            var policy = settings.Adapter is { } adapter ? model.LoadAdapter("adapter", adapter) : model.Base;
            var console = terminal.Console;
            if (random is not null) console.MarkupLine("[yellow]No folder was given: this model is random and answers nonsense.[/]");
            console.MarkupLineInterpolated($"[grey]{model.Config.Family}, {model.Config.Layers} layers, {model.Config.MaxPositions} positions, chat template {model.Template.Name}[/]");
            if (terminal.IsInteractive) console.MarkupLine("[grey]/reset forgets the conversation, /exit ends; Ctrl-C cancels a reply, twice ends.[/]");
            await AnswerAsync(new ChatSession(model, policy, settings, console, terminal.Time), terminal, interrupt);
            return 0;
        }
        catch (AgentTeamsException e)
        {
            await terminal.Error.WriteLineAsync($"error: {e.Message}");
            return 1;
        }
    }

    private static async Task AnswerAsync(ChatSession session, Terminal terminal, Interrupt interrupt)
    {
        while (true)
        {
            if (terminal.IsInteractive) terminal.Console.Markup("[bold]>[/] ");
            if ((await terminal.Input.ReadLineAsync())?.Trim() is not { } line || line == "/exit") return;
            if (!terminal.IsInteractive) terminal.Console.MarkupLineInterpolated($"[bold]>[/] {line}");
            if (line == "/reset") session.Reset();
            else if (line.Length > 0) await AskAsync(session, line, terminal, interrupt);
        }
    }

    private static async Task AskAsync(ChatSession session, string question, Terminal terminal, Interrupt interrupt)
    {
        var cancellationToken = interrupt.BeginReply();
        try
        {
            await session.AskAsync(question, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            terminal.Console.MarkupLine("[grey]Cancelled; the question is forgotten.[/]");
        }
        // Where nobody is there to ask again, the program ends.
        catch (AgentTeamsException e) when (terminal.IsInteractive)
        {
            await terminal.Error.WriteLineAsync($"error: {e.Message}");
        }
    }
}
