using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentTeams.Rl;

/// <summary>
/// Checkpoints of a run, <c>step-N</c> below one folder: the models with their optimiser state, a note of the caller, and a
/// checksum of every file. A checkpoint appears whole or not at all; a damaged one is passed over for the one before.
/// </summary>
public sealed partial class TrainingCheckpoints
{
    private const string ManifestFile = "manifest.json";
    private const string NoteFile = "state.json";
    private const string ModelsFolder = "models";
    private const string ReferenceFolder = "reference";
    private readonly string _directory;
    private readonly int _keep;
    private readonly ILogger _logger;

    /// <summary>Uses a folder, which is created if it is missing.</summary>
    /// <param name="directory">The folder.</param>
    /// <param name="keep">How many checkpoints are kept; at least 2 so that a damaged one has a predecessor, 3 unless set.</param>
    /// <param name="loggerFactory">Is told of damaged checkpoints.</param>
    public TrainingCheckpoints(string directory, int keep = 3, ILoggerFactory? loggerFactory = null)
    {
        (_directory, _keep, _logger) = (directory, Math.Max(2, keep), (loggerFactory ?? NullLoggerFactory.Instance).CreateLogger("AgentTeams.TrainingCheckpoints"));
        Directory.CreateDirectory(directory);
    }

    /// <summary>Writes a checkpoint; one of the same step is replaced.</summary>
    /// <param name="step">Steps done.</param>
    /// <param name="models">The models.</param>
    /// <param name="note">What else is needed to go on.</param>
    public void Save<TNote>(int step, TeamModels models, TNote note)
    {
        ArgumentNullException.ThrowIfNull(models);
        Publish(GetPath(step), temporary =>
        {
            SaveModels(models, temporary);
            File.WriteAllBytes(Path.Combine(temporary, NoteFile), JsonSerializer.SerializeToUtf8Bytes(note, TrajectoryJson.Options));
        });
        // A training that began anew in the folder of a longer one would otherwise lose what it has just written.
        foreach (var old in Steps().SkipLast(_keep).Where(s => s != step)) Directory.Delete(GetPath(old), recursive: true);
    }

    /// <summary>Restores the newest whole checkpoint.</summary>
    /// <returns>Its step and note, or null when there is none.</returns>
    public (int Step, TNote Note)? Restore<TNote>(TeamModels models)
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
            foreach (var model in models.Models) model.Verify(Path.Combine(GetPath(step), ModelsFolder, model.Id));
            foreach (var model in models.Models) model.Load(Path.Combine(GetPath(step), ModelsFolder, model.Id));
            return (step, JsonSerializer.Deserialize<TNote>(File.ReadAllBytes(Path.Combine(GetPath(step), NoteFile)), TrajectoryJson.Options)!);
        }

        return null;
    }

    /// <summary>
    /// The weights that a KL penalty keeps near: those at the beginning of a training, however often it is resumed. They are kept in <c>reference</c> beside
    /// the checkpoints.
    /// </summary>
    /// <param name="models">The models; after <see cref="Restore"/> where the training is resumed.</param>
    /// <param name="firstStep">Steps that are done. At 0 the weights as they are now are taken and written; otherwise those that were written then are read.</param>
    /// <returns>The reference, to be given to the trainer and disposed after it.</returns>
    /// <exception cref="AgentTeamsException">The training is resumed, and its reference was never written or is damaged.</exception>
    public KlReference Reference(TeamModels models, int firstStep)
    {
        ArgumentNullException.ThrowIfNull(models);
        var directory = Path.Combine(_directory, ReferenceFolder);
        if (firstStep == 0)
        {
            Publish(directory, temporary => SaveModels(models, temporary));
            return KlReference.Take(models);
        }

        if (Problem(directory) is { } problem)
            throw new AgentTeamsException($"The training goes on at step {firstStep}, but the reference it began with cannot be read from '{directory}': {problem}. Begin the training anew, or set its KL coefficient to 0.");
        return KlReference.Load(models, Path.Combine(directory, ModelsFolder));
    }

    /// <summary>The steps of the checkpoints, whole or damaged, in ascending order.</summary>
    public IEnumerable<int> Steps() => Directory.EnumerateDirectories(_directory, "step-*")
        .Select(d => int.TryParse(Path.GetFileName(d).AsSpan(5), CultureInfo.InvariantCulture, out var step) ? step : -1)
        .Where(s => s >= 0).Order().ToList();

    /// <summary>The folder of a step's checkpoint.</summary>
    public string GetPath(int step) => Path.Combine(_directory, $"step-{step.ToString(CultureInfo.InvariantCulture)}");

    private static void SaveModels(TeamModels models, string directory)
    {
        foreach (var model in models.Models) model.Save(Path.Combine(directory, ModelsFolder, model.Id), models.TrainablePolicies);
    }

    // A folder appears whole, with the checksums of its files, or not at all.
    private void Publish(string directory, Action<string> write)
    {
        var temporary = Path.Combine(_directory, ".writing");
        if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        Directory.CreateDirectory(temporary);
        write(temporary);
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
            return expected?.FirstOrDefault(e => actual.GetValueOrDefault(e.Key) != e.Value) is { Key: { } file } ? $"the checksum of '{file}' does not match" : null;
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return e.Message;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The checkpoint '{Path}' is damaged and passed over: {Problem}.")]
    private static partial void LogDamaged(ILogger logger, string path, string problem);
}
