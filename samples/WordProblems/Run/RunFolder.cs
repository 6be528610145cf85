using System.Globalization;
using System.Text.Json;

namespace AgentTeams.Samples.WordProblems;

/// <summary>The files that a run leaves.</summary>
internal sealed class RunFolder
{
    /// <summary>The folder of the models that made the supervised stage's own attempts.</summary>
    public const string FirstSupervised = "supervised-1";

    private RunFolder(string path) => FullPath = path;

    public string FullPath { get; }

    public string Trajectories => Path.Combine(FullPath, "trajectories.jsonl");

    public string Checkpoints => Path.Combine(FullPath, "checkpoints");

    public string Report => Path.Combine(FullPath, "report.html");

    private string Configuration => Path.Combine(FullPath, "run.json");

    private string Metrics => Path.Combine(FullPath, "metrics.jsonl");

    /// <summary>Makes the folder of a new run, or opens that of one to be resumed.</summary>
    /// <exception cref="AgentTeamsException">
    /// The folder cannot be written, holds a run already, holds none to resume, or one of another configuration; what differs is named.
    /// </exception>
    public static RunFolder Open(RunControl control, RunOptions options)
    {
        var folder = new RunFolder(Path.GetFullPath(control.Out ?? NewPath(options)));
        try
        {
            Directory.CreateDirectory(folder.FullPath);
            if (File.Exists(folder.Configuration)) folder.CheckResumable(control, options);
            else if (control.Resume) throw new AgentTeamsException($"'{folder.FullPath}' holds no run to resume. Leave --resume out to start one there.");
            else File.WriteAllText(folder.Configuration, JsonSerializer.Serialize(options.Configuration()));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AgentTeamsException($"The folder '{folder.FullPath}' given with --out cannot be written: {e.Message} Choose another.", e);
        }

        return folder;
    }

    /// <summary>Adds a line of metrics unless a run before the resumption already did.</summary>
    public void AppendMetrics(string stage, int step, IReadOnlyDictionary<string, double> metrics)
    {
        if (ReadMetrics().Any(m => m.Stage == stage && m.Step == step)) return;
        File.AppendAllText(Metrics, JsonSerializer.Serialize(new MetricsLine(stage, step, metrics), TrajectoryJson.Options) + "\n");
        _metrics!.Add(new(stage, step, metrics));
    }

    /// <summary>All metrics so far. A line that a kill cut short is cut off.</summary>
    public IReadOnlyList<MetricsLine> ReadMetrics()
    {
        if (_metrics is not null) return _metrics;
        _metrics = [];
        if (!File.Exists(Metrics)) return _metrics;
        var whole = 0L;
        foreach (var line in File.ReadAllText(Metrics).Split('\n')[..^1])
        {
            _metrics.Add(JsonSerializer.Deserialize<MetricsLine>(line, TrajectoryJson.Options)!);
            whole += System.Text.Encoding.UTF8.GetByteCount(line) + 1;
        }

        using var file = File.OpenWrite(Metrics);
        file.SetLength(whole);
        return _metrics;
    }

    private List<MetricsLine>? _metrics;

    private static string NewPath(RunOptions options)
    {
        var name = Path.Combine("runs", $"word-problems-{options.Seed.ToString(CultureInfo.InvariantCulture)}");
        return Enumerable.Range(1, int.MaxValue).Select(n => n == 1 ? name : $"{name}-{n.ToString(CultureInfo.InvariantCulture)}").First(p => !Directory.Exists(p));
    }

    private void CheckResumable(RunControl control, RunOptions options)
    {
        if (!control.Resume)
            throw new AgentTeamsException($"'{FullPath}' already holds a run. Add --resume to go on with it, or choose another --out.");
        SortedDictionary<string, string>? before;
        try
        {
            before = JsonSerializer.Deserialize<SortedDictionary<string, string>>(File.ReadAllText(Configuration));
        }
        catch (JsonException e)
        {
            throw new AgentTeamsException($"'{Configuration}' is damaged: {e.Message}", e);
        }

        var differences = options.Configuration().Where(p => before!.GetValueOrDefault(p.Key) != p.Value)
            .Select(p => $"--{p.Key} was '{before!.GetValueOrDefault(p.Key)}' and is '{p.Value}'").ToList();
        if (differences.Count > 0)
            throw new AgentTeamsException($"The run in '{FullPath}' has another configuration: {string.Join("; ", differences)}. Give the same options, or choose another --out.");
    }
}

/// <summary>A line of <c>metrics.jsonl</c>.</summary>
internal sealed record MetricsLine(string Stage, int Step, IReadOnlyDictionary<string, double> Metrics);
