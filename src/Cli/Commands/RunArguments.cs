using System.CommandLine;
using System.Globalization;

namespace AgentTeams.Cli;

/// <summary>The options of every command that carries a plan out.</summary>
internal sealed class RunArguments
{
    private readonly Option<int> _every = AtLeast("--checkpoint-every", "Steps from one checkpoint to the next.", 10, 1);
    private readonly Option<int> _keep = AtLeast("--keep-checkpoints", "How many checkpoints are kept.", 3, 2);
    private readonly Option<string?> _stop = new("--stop-after") { Description = "Stop with a checkpoint after that many steps of a stage, as STAGE:STEPS." };
    private readonly Option<RunOutput> _output = new("--output") { Description = "How the run is shown.", DefaultValueFactory = _ => RunOutput.Auto };
    private readonly Option<bool> _board = new("--tensorboard") { Description = "Write the metrics for TensorBoard, too." };
    private readonly Option<bool> _json = JsonOption();

    public RunArguments() => _stop.Validators.Add(result =>
    {
        if (result.Tokens.Count == 1 && Parse(result.Tokens[0].Value) is null) result.AddError($"--stop-after is '{result.Tokens[0].Value}'; give STAGE:STEPS, such as rl:20.");
    });

    public static Option<bool> JsonOption() => new("--json") { Description = "Write JSON." };

    public static Option<int> AtLeast(string name, string description, int value, int least)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            // A value that is no number is reported by the parser itself.
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var given) && given < least) result.AddError($"{name} is {given}; give at least {least}.");
        });
        return option;
    }

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _every, _keep, _stop, _output, _board, _json }) command.Options.Add(option);
    }

    public async Task<int> RunAsync(CommandContext context, TrainingPlan plan, TrainingRunOptions options, ParseResult parsed, Action<string>? onFolder, CancellationToken cancellationToken)
    {
        options = options with { TensorBoard = parsed.GetValue(_board), CheckpointEvery = parsed.GetValue(_every), KeepCheckpoints = parsed.GetValue(_keep), StopAfter = parsed.GetValue(_stop) is { } stop ? Parse(stop) : null };
        var json = parsed.GetValue(_json);
        var display = new RunDisplayOptions
        {
            Output = json ? RunOutput.None : parsed.GetValue(_output),
            Console = context.Output.Console,
            Progress = new FolderTeller(json ? new JsonLines(context.Output.Out) : null, onFolder),
        };
        try
        {
            var result = await plan.RunAsync(options, display, cancellationToken).ConfigureAwait(false);
            return result is null && options.StopAfter is null ? TeamCommandLine.Interrupted : TeamCommandLine.Done;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await context.Output.Error.WriteLineAsync("Interrupted; 'resume' with the run's folder goes on.").ConfigureAwait(false);
            return TeamCommandLine.Interrupted;
        }
    }

    private static StopAfter? Parse(string text) =>
        text.LastIndexOf(':') is > 0 and var at && int.TryParse(text.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var steps) && steps > 0 ? new(text[..at], steps) : null;

    /// <summary>Hears in which folder a run lies as soon as it is made.</summary>
    private sealed class FolderTeller(IProgress<RunEvent>? next, Action<string>? onFolder) : IProgress<RunEvent>
    {
        public void Report(RunEvent value)
        {
            if (value is RunStarted started) onFolder?.Invoke(started.Folder);
            next?.Report(value);
        }
    }
}
