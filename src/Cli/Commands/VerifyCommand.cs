using System.CommandLine;
using System.Globalization;

namespace AgentTeams.Cli;

/// <summary>Checks what a run recorded against its weights.</summary>
internal static class VerifyCommand
{
    public static Command Create(CommandContext context)
    {
        var (folder, json) = (new Argument<string>("folder") { Description = "The run's folder." }, RunArguments.JsonOption());
        var verify = new Command("verify", "Recomputes the recorded log-probabilities of a run from its checkpoints; 3 where they differ.") { folder, json };
        verify.SetAction(async (parsed, cancellationToken) =>
        {
            var result = await LogProbVerifier.MeasureAsync(parsed.GetValue(folder)!, cancellationToken: cancellationToken).ConfigureAwait(false);
            if (parsed.GetValue(json)) context.WriteJson(result);
            else
            {
                await context.Output.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                    $"{(result.Holds ? "pass" : "FAIL")}: {result.Checked} of {result.Calls} calls, {result.Tokens} tokens, largest difference {result.MaxDifference:G3} nats")).ConfigureAwait(false);
            }

            return result.Holds ? TeamCommandLine.Done : TeamCommandLine.NotHeld;
        });
        return verify;
    }
}
