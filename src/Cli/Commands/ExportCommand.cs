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
            using var loaded = await CheckpointModels.LoadAsync(parsed.GetValue(folder)!, parsed.GetValue(model), cancellationToken).ConfigureAwait(false);
            var (kind, path) = (parsed.GetValue(format), parsed.GetValue(output)!);
            var policy = CheckpointModels.PolicyOf(loaded, parsed.GetValue(adapter), isRequired: kind == "peft");
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

/// <summary>Models as the checkpoints of a run keep them.</summary>
internal static class CheckpointModels
{
    /// <exception cref="AgentTeamsException">There is no such model, or several.</exception>
    public static async Task<LocalLanguageModel> LoadAsync(string folder, string? id, CancellationToken cancellationToken)
    {
        if (File.Exists(Path.Combine(folder, "config.json"))) return await CpuLanguageModel.LoadCheckpointAsync(folder, cancellationToken: cancellationToken).ConfigureAwait(false);
        var run = RunFolder.Read(folder);
        var checkpoint = new TrainingCheckpoints(run.Checkpoints).FindNewest() ?? throw new AgentTeamsException($"The run in '{folder}' has no whole checkpoint yet. Wait for the first one, or train further.");
        string[] models = [.. Directory.EnumerateDirectories(Path.Combine(checkpoint, "models")).Order(StringComparer.Ordinal)];
        var chosen = models.Where(m => id is null || Path.GetFileName(m) == id).ToList();
        if (chosen is not [var only])
            throw new AgentTeamsException($"The run in '{folder}' has the models {string.Join(", ", models.Select(Path.GetFileName))}{(id is null ? "" : $", but no '{id}'")}. Name one of them with --model.");
        return await CpuLanguageModel.LoadCheckpointAsync(only, cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    public static PolicyId PolicyOf(LocalLanguageModel model, string? adapter, bool isRequired)
    {
        var adapters = model.Policies.Where(p => p.Adapter is not null).ToList();
        var names = string.Join(", ", adapters.Select(p => p.Adapter));
        if (adapter is not null) return adapters.Find(p => p.Adapter == adapter) ?? throw new AgentTeamsException($"The model '{model.Id}' has no adapter '{adapter}'. It has: {(names.Length > 0 ? names : "none")}.");
        if (adapters.Count == 0 && isRequired) throw new AgentTeamsException($"The model '{model.Id}' has no adapter, as all its weights were trained. Export it as hf or gguf.");
        if (adapters.Count > 1) throw new AgentTeamsException($"The model '{model.Id}' has the adapters {names}. Name one of them with --adapter.");
        return adapters.Count == 1 ? adapters[0] : model.Base;
    }
}
