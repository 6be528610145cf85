using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentTeams.Rl;

/// <summary>
/// Checkpoints of a run, <c>step-N</c> below one folder: the models with their optimiser state and kept versions, a note of the caller, and a
/// checksum of every file. A checkpoint appears whole or not at all; a damaged one is passed over for the one before.
/// </summary>
public sealed partial class TrainingCheckpoints
{
    private const string ManifestFile = "manifest.json";
    private const string NoteFile = "state.json";
    private const string ModelsFolder = "models";
    private const string VersionsFolder = "versions";
    private const string ReferenceFolder = "reference";
    private readonly string _directory;
    private readonly int _keep;
    private readonly ILogger _logger;

    /// <summary>Uses a folder, which is created if it is missing.</summary>
    /// <param name="directory">The folder.</param>
    /// <param name="keep">How many checkpoints are kept; at least 2 so that a damaged one has a predecessor, 3 by default.</param>
    /// <param name="loggerFactory">Is told of damaged checkpoints.</param>
    public TrainingCheckpoints(string directory, int keep = 3, ILoggerFactory? loggerFactory = null)
    {
        (_directory, _keep, _logger) =
            (directory, Math.Max(2, keep), (loggerFactory ?? NullLoggerFactory.Instance).CreateLogger("AgentTeams.TrainingCheckpoints"));
        Directory.CreateDirectory(directory);
    }

    /// <summary>Writes a checkpoint; one of the same step is replaced.</summary>
    /// <param name="step">Steps done.</param>
    /// <param name="models">The models.</param>
    /// <param name="note">What else is needed to go on.</param>
    /// <param name="cancellationToken">Ends the writing; what was there before stays.</param>
    public async Task SaveAsync<TNote>(int step, TeamModels models, TNote note, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(models);
        await PublishAsync(GetPath(step), async temporary =>
        {
            await SaveModelsAsync(models, temporary, cancellationToken).ConfigureAwait(false);
            foreach (var model in models.Models)
            {
                if (model is IWeightVersions versions && model.Policies.Any(p => versions.KeptVersions(p).Count > 0))
                    await versions.SaveVersionsAsync(Path.Combine(temporary, VersionsFolder, model.Id), cancellationToken).ConfigureAwait(false);
            }

            await File.WriteAllBytesAsync(Path.Combine(temporary, NoteFile), JsonSerializer.SerializeToUtf8Bytes(note, TrajectoryJson.Options),
                cancellationToken).ConfigureAwait(false);
        }).ConfigureAwait(false);
        // A training that began anew in the folder of a longer one would otherwise lose what it has just written.
        foreach (var old in Steps().SkipLast(_keep).Where(s => s != step)) Directory.Delete(GetPath(old), recursive: true);
    }

    /// <summary>Restores the newest whole checkpoint.</summary>
    /// <param name="models">The models; none is changed unless all can be restored.</param>
    /// <param name="cancellationToken">Ends the check before anything is changed.</param>
    /// <returns>Its step and note, or null when there is none.</returns>
    /// <exception cref="AgentTeamsException">The checkpoint belongs to other models, adapters or shapes.</exception>
    public async Task<(int Step, TNote Note)?> RestoreAsync<TNote>(TeamModels models, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(models);
        foreach (var step in Steps().Reverse())
        {
            if (Problem(GetPath(step)) is { } problem)
            {
                LogDamaged(_logger, GetPath(step), problem);
                continue;
            }

            // All are read before the first is changed.
            RequireSameModels(models, GetPath(step));
            foreach (var model in models.Models)
                await model.VerifyAsync(Path.Combine(GetPath(step), ModelsFolder, model.Id), cancellationToken).ConfigureAwait(false);
            foreach (var model in models.Models)
            {
                await model.LoadAsync(Path.Combine(GetPath(step), ModelsFolder, model.Id), CancellationToken.None).ConfigureAwait(false);
                if (model is IWeightVersions versions && Path.Combine(GetPath(step), VersionsFolder, model.Id) is var kept && Directory.Exists(kept))
                    await versions.LoadVersionsAsync(kept, CancellationToken.None).ConfigureAwait(false);
            }

            return (step, JsonSerializer.Deserialize<TNote>(await File.ReadAllBytesAsync(Path.Combine(GetPath(step), NoteFile), cancellationToken)
                .ConfigureAwait(false), TrajectoryJson.Options)!);
        }

        return null;
    }

    /// <summary>
    /// The weights that a KL penalty keeps near: those at the beginning of a training, however often it is resumed. They are kept in <c>reference</c> beside
    /// the checkpoints.
    /// </summary>
    /// <param name="models">The models; after <see cref="RestoreAsync"/> where the training is resumed.</param>
    /// <param name="firstStep">Steps that are done. At 0 the weights as they are now are taken and written; otherwise those that were written then
    /// are read.</param>
    /// <param name="cancellationToken">Ends the writing or reading.</param>
    /// <returns>The reference, to be given to the trainer and disposed after it.</returns>
    /// <exception cref="AgentTeamsException">The training is resumed, and its reference was never written or is damaged.</exception>
    public async Task<KlReference> ReferenceAsync(TeamModels models, int firstStep, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(models);
        var directory = Path.Combine(_directory, ReferenceFolder);
        if (firstStep == 0)
        {
            await PublishAsync(directory, temporary => SaveModelsAsync(models, temporary, cancellationToken)).ConfigureAwait(false);
            return await KlReference.TakeAsync(models, cancellationToken).ConfigureAwait(false);
        }

        if (Problem(directory) is { } problem)
            throw new AgentTeamsException($"The training goes on at step {firstStep}, but the reference it began with cannot be read from '{directory}': "
                + $"{problem}. Begin the training anew, or set its KL coefficient to 0.");
        RequireSameModels(models, directory);
        return await KlReference.LoadAsync(models, Path.Combine(directory, ModelsFolder), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The steps of the checkpoints, whole or damaged, in ascending order.</summary>
    public IEnumerable<int> Steps() => Directory.EnumerateDirectories(_directory, "step-*")
        .Select(d => int.TryParse(Path.GetFileName(d).AsSpan(5), CultureInfo.InvariantCulture, out var step) ? step : -1)
        .Where(s => s >= 0).Order().ToList();

    /// <summary>The folder of the newest whole checkpoint; null where there is none. Each model lies in it as <c>models/ID</c>.</summary>
    public string? FindNewest() => Steps().Reverse().Select(GetPath).FirstOrDefault(p => Problem(p) is null);

    /// <summary>The folder of a step's checkpoint.</summary>
    public string GetPath(int step) => Path.Combine(_directory, $"step-{step.ToString(CultureInfo.InvariantCulture)}");

    private static async Task SaveModelsAsync(TeamModels models, string directory, CancellationToken cancellationToken)
    {
        foreach (var model in models.Models)
            await model.SaveAsync(Path.Combine(directory, ModelsFolder, model.Id), models.TrainablePolicies, cancellationToken).ConfigureAwait(false);
    }

    private static void RequireSameModels(TeamModels models, string directory)
    {
        string[] held = [.. Directory.EnumerateDirectories(Path.Combine(directory, ModelsFolder)).Select(d => Path.GetFileName(d)!)
            .Order(StringComparer.Ordinal)];
        string[] given = [.. models.Models.Select(m => m.Id).Order(StringComparer.Ordinal)];
        if (!held.SequenceEqual(given))
            throw new AgentTeamsException($"The checkpoint '{directory}' holds the models {string.Join(", ", held)}, but the team '{models.Team.Name}' has "
                + $"{string.Join(", ", given)}. Resume with the model map that it was made with, or begin in another folder.");
    }

    // A folder appears whole, with the checksums of its files, or not at all.
    private async Task PublishAsync(string directory, Func<string, Task> write)
    {
        var temporary = Path.Combine(_directory, ".writing");
        if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        Directory.CreateDirectory(temporary);
        await write(temporary).ConfigureAwait(false);
        File.WriteAllBytes(Path.Combine(temporary, ManifestFile), JsonSerializer.SerializeToUtf8Bytes(Checksums(temporary)));
        if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
        Directory.Move(temporary, directory);
    }

    private static SortedDictionary<string, string> Checksums(string directory) => new(
        Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories)
            .Select(f => (Path: f, Name: Path.GetRelativePath(directory, f).Replace('\\', '/')))
            .Where(f => f.Name != ManifestFile)
            .ToDictionary(f => f.Name, f => Checksum(f.Path), StringComparer.Ordinal),
        StringComparer.Ordinal);

    private static string Checksum(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    private static string? Problem(string directory)
    {
        try
        {
            var expected = JsonSerializer.Deserialize<SortedDictionary<string, string>>(File.ReadAllBytes(Path.Combine(directory, ManifestFile)));
            var actual = Checksums(directory);
            return expected?.FirstOrDefault(e => actual.GetValueOrDefault(e.Key) != e.Value) is { Key: { } file }
                ? $"the checksum of '{file}' does not match"
                : null;
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return e.Message;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The checkpoint '{Path}' is damaged and passed over: {Problem}.")]
    private static partial void LogDamaged(ILogger logger, string path, string problem);
}
