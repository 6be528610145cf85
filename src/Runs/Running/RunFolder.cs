using System.Globalization;
using System.Text.Json;

namespace AgentTeams.Runs;

/// <summary>The files that a run leaves: <c>run.json</c>, <c>metrics.jsonl</c>, <c>evaluations.jsonl</c>, <c>result.json</c>, trajectories, <c>checkpoints/</c>, <c>stages/</c>, <c>report.html</c>.</summary>
public sealed class RunFolder : IDisposable
{
    private readonly FileStream? _hold;
    private readonly AppendedLines<MetricsLine> _metrics;
    private readonly AppendedLines<EvaluationLine> _evaluations;

    private RunFolder(string path, FileStream? hold)
    {
        (FullPath, _hold) = (path, hold);
        _metrics = new(Path.Combine(path, "metrics.jsonl"), isWriter: hold is not null);
        _evaluations = new(Path.Combine(path, "evaluations.jsonl"), isWriter: hold is not null);
    }

    /// <summary>The folder's full path.</summary>
    public string FullPath { get; }

    /// <summary>The trajectories, which <see cref="SqliteTrajectoryStore"/> reads.</summary>
    public string Trajectories => Path.Combine(FullPath, "trajectories.db");

    /// <summary>The report.</summary>
    public string Report => Path.Combine(FullPath, "report.html");

    /// <summary>The checkpoints.</summary>
    public string Checkpoints => Path.Combine(FullPath, "checkpoints");

    /// <summary>The metrics of all steps, in the order in which they were made.</summary>
    public IReadOnlyList<MetricsLine> Metrics => _metrics.Items;

    /// <summary>All evaluations, in the order in which they were made.</summary>
    public IReadOnlyList<EvaluationLine> Evaluations => _evaluations.Items;

    private string ResultFile => Path.Combine(FullPath, "result.json");

    private string ConfigurationFile => Path.Combine(FullPath, "run.json");

    /// <summary>Opens the folder of a run for reading; the run may be going on.</summary>
    /// <exception cref="AgentTeamsException">It holds no run.</exception>
    public static RunFolder Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var folder = new RunFolder(Path.GetFullPath(path), null);
        if (!File.Exists(folder.ConfigurationFile)) throw new AgentTeamsException($"'{folder.FullPath}' holds no run: it has no run.json. Give the folder of a run.");
        return folder;
    }

    /// <summary>What was run.</summary>
    /// <exception cref="AgentTeamsException">The file is damaged.</exception>
    public RunConfiguration ReadConfiguration() => RunConfiguration.Read(ConfigurationFile);

    /// <summary>What came out of the run; null while it goes on.</summary>
    /// <exception cref="AgentTeamsException">The file is damaged.</exception>
    public TrainingResult? ReadResult()
    {
        if (!File.Exists(ResultFile)) return null;
        try
        {
            return JsonSerializer.Deserialize<TrainingResult>(File.ReadAllBytes(ResultFile), TrajectoryJson.Options);
        }
        catch (JsonException e)
        {
            throw new AgentTeamsException($"'{ResultFile}' is damaged: {e.Message} Delete it, and resume the run, which writes it again.", e);
        }
    }

    /// <summary>Writes what came out of the run.</summary>
    internal void Write(TrainingResult result)
    {
        File.WriteAllBytes(ResultFile + ".tmp", JsonSerializer.SerializeToUtf8Bytes(result, TrajectoryJson.Options));
        File.Move(ResultFile + ".tmp", ResultFile, overwrite: true);
    }

    /// <summary>Closes the folder for others to go on with.</summary>
    public void Dispose() => _hold?.Dispose();

    /// <summary>Makes the folder of a new run, or opens that of one to go on with.</summary>
    /// <returns>The folder, and whether it held the run before.</returns>
    internal static (RunFolder Folder, bool IsResumed) Open(string? given, RunConfiguration configuration, ResumeMode mode)
    {
        var path = Path.GetFullPath(given ?? PathOf(configuration.Name, mode));
        FileStream? hold = null;
        try
        {
            var isThere = File.Exists(Path.Combine(path, "run.json"));
            if (mode == ResumeMode.Required && !isThere) throw new AgentTeamsException($"'{path}' holds no run to resume. Start one there, or give the folder of the run.");
            if (mode == ResumeMode.Never && isThere) throw new AgentTeamsException($"'{path}' already holds a run. Resume it, or choose another folder.");
            Directory.CreateDirectory(path);
            hold = Hold(path);
            var folder = new RunFolder(path, hold);
            if (isThere) configuration.EnsureContinues(folder.ReadConfiguration(), path);
            else configuration.Write(folder.ConfigurationFile);
            hold = null;
            return (folder, isThere);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AgentTeamsException($"The folder '{path}' cannot be written: {e.Message} Choose another.", e);
        }
        finally
        {
            hold?.Dispose();
        }
    }

    /// <summary>A folder of a stage's own.</summary>
    internal string StageDirectory(string stage) => Directory.CreateDirectory(Path.Combine(FullPath, "stages", stage)).FullName;

    /// <summary>Adds a line of metrics, unless the run did so before it was resumed.</summary>
    internal void Append(MetricsLine line)
    {
        if (!Metrics.Any(m => m.Stage == line.Stage && m.Step == line.Step)) _metrics.Append(line);
    }

    /// <summary>Adds an evaluation, unless the run did so before it was resumed.</summary>
    internal void Append(EvaluationLine line)
    {
        if (!Evaluations.Any(e => e.Stage == line.Stage && e.Step == line.Step && e.Evaluation.Name == line.Evaluation.Name)) _evaluations.Append(line);
    }

    private static FileStream Hold(string path)
    {
        try
        {
            return new(Path.Combine(path, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e.GetType() == typeof(IOException))
        {
            throw new AgentTeamsException($"The run in '{path}' is going on elsewhere: '{Path.Combine(path, ".lock")}' is held. Wait for it, or choose another folder.", e);
        }
    }

    private static string PathOf(string name, ResumeMode mode)
    {
        var path = Path.Combine("runs", name);
        if (mode != ResumeMode.Never) return path;
        return Enumerable.Range(1, int.MaxValue).Select(n => n == 1 ? path : $"{path}-{n.ToString(CultureInfo.InvariantCulture)}").First(p => !Directory.Exists(p));
    }
}

/// <summary>A line of <c>metrics.jsonl</c>.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Step">The step, zero-based.</param>
/// <param name="Metrics">Its metrics.</param>
public sealed record MetricsLine(string Stage, int Step, IReadOnlyDictionary<string, double> Metrics);

/// <summary>A line of <c>evaluations.jsonl</c>.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Step">The step of the stage after which it was made.</param>
/// <param name="Evaluation">What came out of it.</param>
public sealed record EvaluationLine(string Stage, int Step, TeamEvaluation Evaluation);
