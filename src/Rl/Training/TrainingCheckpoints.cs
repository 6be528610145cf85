using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentTeams;

/// <summary>
/// Checkpoints of a run, <c>step-N</c> below one folder: the models with their optimiser state, a note of the caller, and a
/// checksum of every file. A checkpoint appears whole or not at all; a damaged one is passed over for the one before.
/// </summary>
public sealed partial class TrainingCheckpoints
{
    private const string ManifestFile = "manifest.json";
    private const string NoteFile = "state.json";
    private readonly string _directory;
    private readonly int _keep;
    private readonly ILogger _logger;

    /// <summary>Uses a folder, which is created if it is missing.</summary>
    /// <param name="directory">The folder.</param>
    /// <param name="keep">How many checkpoints are kept; at least 2 so that a damaged one has a predecessor, 3 unless set.</param>
    /// <param name="logger">Is told of damaged checkpoints.</param>
    public TrainingCheckpoints(string directory, int keep = 3, ILogger? logger = null)
    {
        (_directory, _keep, _logger) = (directory, Math.Max(2, keep), logger ?? NullLogger.Instance);
        Directory.CreateDirectory(directory);
    }

    /// <summary>Writes a checkpoint; one of the same step is replaced.</summary>
    /// <param name="step">Steps done.</param>
    /// <param name="models">The models.</param>
    /// <param name="note">What else is needed to go on.</param>
    public void Save<TNote>(int step, TeamModels models, TNote note)
    {
        ArgumentNullException.ThrowIfNull(models);
        var temporary = Path.Combine(_directory, ".writing");
        if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        Directory.CreateDirectory(temporary);
        foreach (var model in models.Models) model.Save(Path.Combine(temporary, "models", model.Id));
        File.WriteAllBytes(Path.Combine(temporary, NoteFile), JsonSerializer.SerializeToUtf8Bytes(note, TrajectoryJson.Options));
        File.WriteAllBytes(Path.Combine(temporary, ManifestFile), JsonSerializer.SerializeToUtf8Bytes(Checksums(temporary)));
        var final = PathOf(step);
        if (Directory.Exists(final)) Directory.Delete(final, recursive: true);
        Directory.Move(temporary, final);
        foreach (var old in Steps().SkipLast(_keep)) Directory.Delete(PathOf(old), recursive: true);
    }

    /// <summary>Restores the newest whole checkpoint.</summary>
    /// <returns>Its step and note, or null when there is none.</returns>
    public (int Step, TNote Note)? Restore<TNote>(TeamModels models)
    {
        ArgumentNullException.ThrowIfNull(models);
        foreach (var step in Steps().Reverse())
        {
            if (Problem(PathOf(step)) is { } problem)
            {
                LogDamaged(_logger, PathOf(step), problem);
                continue;
            }

            foreach (var model in models.Models) model.Load(Path.Combine(PathOf(step), "models", model.Id));
            return (step, JsonSerializer.Deserialize<TNote>(File.ReadAllBytes(Path.Combine(PathOf(step), NoteFile)), TrajectoryJson.Options)!);
        }

        return null;
    }

    /// <summary>The steps of the checkpoints, whole or damaged, in ascending order.</summary>
    public IEnumerable<int> Steps() => Directory.EnumerateDirectories(_directory, "step-*")
        .Select(d => int.TryParse(Path.GetFileName(d).AsSpan(5), CultureInfo.InvariantCulture, out var step) ? step : -1)
        .Where(s => s >= 0).Order().ToList();

    /// <summary>The folder of a step's checkpoint.</summary>
    public string PathOf(int step) => Path.Combine(_directory, $"step-{step.ToString(CultureInfo.InvariantCulture)}");

    private static SortedDictionary<string, string> Checksums(string directory) => new(
        Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories)
            .Select(f => (Path: f, Name: Path.GetRelativePath(directory, f).Replace('\\', '/')))
            .Where(f => f.Name != ManifestFile)
            .ToDictionary(f => f.Name, f => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(f.Path))), StringComparer.Ordinal),
        StringComparer.Ordinal);

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
