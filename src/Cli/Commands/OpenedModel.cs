namespace AgentTeams.Cli;

/// <summary>A model with the newest weights of a run.</summary>
internal sealed class OpenedModel(LocalLanguageModel model, IAsyncDisposable? owner) : IAsyncDisposable
{
    public LocalLanguageModel Model => model;

    /// <summary>Opens it from the program that trained it, or from a folder that holds all of a model.</summary>
    /// <exception cref="AgentTeamsException">There is no such model, or several.</exception>
    public static async Task<OpenedModel> OpenAsync(CommandContext context, string folder, string? id, CancellationToken cancellationToken)
    {
        if (File.Exists(Path.Combine(folder, "config.json"))) return new(await CpuLanguageModel.LoadCheckpointAsync(folder, cancellationToken: cancellationToken).ConfigureAwait(false), null);
        if (!StoredProgram.IsIn(folder) || (context.Program is null && StoredProgram.Read(folder).Path is null)) return new(await CpuLanguageModel.LoadCheckpointAsync(FolderOf(folder, id), cancellationToken: cancellationToken).ConfigureAwait(false), null);

        // A checkpoint holds what was trained; weights that were not are the program's.
        var (recalled, options) = context.Recall(folder);
        var session = await recalled.StartAsync(options, cancellationToken).ConfigureAwait(false);
        try
        {
            await RunWeights.RestoreAsync(folder, session.Plan.Models, cancellationToken).ConfigureAwait(false);
            var models = session.Plan.Models.Models.OfType<LocalLanguageModel>().ToList();
            var chosen = Only(folder, id, models.ConvertAll(m => m.Id));
            return new(models.Find(m => m.Id == chosen)!, session);
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The policy to export: the adapter where there is one, or the model itself.</summary>
    public static PolicyId PolicyOf(LocalLanguageModel model, string? adapter, bool isRequired)
    {
        var adapters = model.Policies.Where(p => p.Adapter is not null).ToList();
        var names = string.Join(", ", adapters.Select(p => p.Adapter));
        if (adapter is not null) return adapters.Find(p => p.Adapter == adapter) ?? throw new AgentTeamsException($"The model '{model.Id}' has no adapter '{adapter}'. It has: {(names.Length > 0 ? names : "none")}.");
        if (adapters.Count == 0 && isRequired) throw new AgentTeamsException($"The model '{model.Id}' has no adapter, as all its weights were trained. Export it as hf or gguf.");
        if (adapters.Count > 1) throw new AgentTeamsException($"The model '{model.Id}' has the adapters {names}. Name one of them with --adapter.");
        return adapters.Count == 1 ? adapters[0] : model.Base;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (owner is null) model.Dispose();
        else await owner.DisposeAsync().ConfigureAwait(false);
    }

    private static string FolderOf(string folder, string? id)
    {
        var checkpoint = new TrainingCheckpoints(RunFolder.Read(folder).Checkpoints).FindNewest() ?? throw new AgentTeamsException($"The run in '{folder}' has no whole checkpoint yet. Wait for the first one, or train further.");
        var models = Path.Combine(checkpoint, "models");
        return Path.Combine(models, Only(folder, id, [.. Directory.EnumerateDirectories(models).Select(m => Path.GetFileName(m)!).Order(StringComparer.Ordinal)]));
    }

    private static string Only(string folder, string? id, IReadOnlyList<string> models) => models.Where(m => id is null || m == id).ToList() is [var only] ? only
        : throw new AgentTeamsException($"The run in '{folder}' has the models {string.Join(", ", models)}{(id is null ? "" : $", but no '{id}'")}. Name one of them with --model.");
}
