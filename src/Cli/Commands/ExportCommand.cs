using System.CommandLine;

namespace AgentTeams.Cli;

/// <summary>Writes trained weights in a form that other programs run.</summary>
internal static class ExportCommand
{
    public static Command Create(CommandContext context)
    {
        var folder = new Argument<string>("folder") { Description = "The run's folder, or that of a model in a checkpoint." };
        var format = new Option<string>("--format") { Description = "peft: an adapter; hf: a Hugging Face folder; gguf: a file for llama.cpp.", Required = true }.AcceptOnlyFromAmong("peft", "hf", "gguf");
        var output = new Option<string>("--out") { Description = "The folder, or the file for gguf.", Required = true };
        var model = new Option<string?>("--model") { Description = "The model's id, where the run has several." };
        var adapter = new Option<string?>("--adapter") { Description = "The adapter, where the model has several; gguf and hf merge it." };
        var type = new Option<GgufType>("--type") { Description = "The type of a gguf file's weights.", DefaultValueFactory = _ => GgufType.F16 };
        var export = new Command("export", "Writes a run's newest weights in a form that other programs run.") { folder, format, output, model, adapter, type };
        export.SetAction(async (parsed, cancellationToken) =>
        {
            var opened = await OpenedModel.OpenAsync(context, parsed.GetValue(folder)!, parsed.GetValue(model), cancellationToken).ConfigureAwait(false);
            await using var closing = opened.ConfigureAwait(false);
            var loaded = opened.Model;
            var (kind, path) = (parsed.GetValue(format), parsed.GetValue(output)!);
            var policy = OpenedModel.PolicyOf(loaded, parsed.GetValue(adapter), isRequired: kind == "peft");
            if (kind == "peft") loaded.SaveAdapter(policy, path);
            else if (kind == "gguf") loaded.ExportGguf(path, new() { Policy = policy, Type = parsed.GetValue(type) });
            else
            {
                if (policy.Adapter is not null) loaded.MergeAdapter(policy);
                loaded.SavePretrained(path);
            }

            await context.Output.Out.WriteLineAsync($"{policy} as {kind} in {Path.GetFullPath(path)}").ConfigureAwait(false);
            return TeamCommandLine.Done;
        });
        return export;
    }
}
