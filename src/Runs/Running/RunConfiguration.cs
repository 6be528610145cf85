using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgentTeams.Runs;

/// <summary>What <c>run.json</c> holds: everything that decides the run's result, and what it was made with.</summary>
public sealed record RunConfiguration
{
    private static readonly JsonSerializerOptions Indented = new(TrajectoryJson.Options) { WriteIndented = true };

    /// <summary>The plan's name.</summary>
    public required string Name { get; init; }

    /// <summary>Decides every random draw.</summary>
    [JsonConverter(typeof(SeedConverter))]
    public required long Seed { get; init; }

    /// <summary>When the run began.</summary>
    public DateTimeOffset Began { get; init; }

    /// <summary>The command line of the process that began it.</summary>
    public string CommandLine { get; init; } = "";

    /// <summary>The versions of what it was made with; a run may go on with others.</summary>
    public ImmutableSortedDictionary<string, string> Versions { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>The roles and the policies behind them.</summary>
    public ImmutableSortedDictionary<string, string> Team { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>What else decides the result, as the plan says.</summary>
    public ImmutableSortedDictionary<string, string> Settings { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>The stages with all their options.</summary>
    public required ImmutableArray<StageConfiguration> Stages { get; init; }

    internal static RunConfiguration Of(TrainingPlan plan, TimeProvider time) => new()
    {
        Name = plan.Name,
        Seed = plan.Seed,
        Began = time.GetUtcNow(),
        CommandLine = Environment.CommandLine,
        Versions = new Dictionary<string, string>
        {
            ["agentTeams"] = typeof(RunConfiguration).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "",
            ["runtime"] = RuntimeInformation.FrameworkDescription,
            ["system"] = $"{RuntimeInformation.OSDescription} {RuntimeInformation.OSArchitecture}",
        }.ToImmutableSortedDictionary(StringComparer.Ordinal),
        Team = plan.Models.Team.Roles.SelectMany(r => PlanSettings.Of(r).Select(s => KeyValuePair.Create($"{r.Name}.{s.Key}", s.Value)))
            .Concat(plan.Models.Team.Models.Bindings.Select(b => KeyValuePair.Create($"{b.Key}.policy", b.Value.ToString())))
            .Where(s => !s.Key.Contains(".tools[", StringComparison.Ordinal))
            .ToImmutableSortedDictionary(s => s.Key, s => s.Value, StringComparer.Ordinal),
        Settings = plan.Settings.ToImmutableSortedDictionary(StringComparer.Ordinal),
        Stages = [.. plan.Stages.Select(s => new StageConfiguration(s.Name, s.Kind, PlanSettings.Of(s.Options).ToImmutableSortedDictionary(StringComparer.Ordinal)))],
    };

    internal static RunConfiguration Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<RunConfiguration>(File.ReadAllBytes(path), TrajectoryJson.Options) ?? throw new JsonException("It is null.");
        }
        catch (JsonException e)
        {
            throw new AgentTeamsException($"'{path}' is damaged: {e.Message} Restore it from a copy, or begin the run anew.", e);
        }
    }

    internal void Write(string path)
    {
        // A run whose first write was cut short has not begun.
        var temporary = path + ".tmp";
        File.WriteAllText(temporary, JsonSerializer.Serialize(this, Indented));
        File.Move(temporary, path);
    }

    /// <exception cref="AgentTeamsException">The stored run is another one; what differs is named.</exception>
    internal void EnsureContinues(RunConfiguration stored, string path)
    {
        var differences = Differing(stored).Where(d => !IsHow(d.Key)).Select(d => d.Text).ToList();
        if (differences.Count > 0)
            throw new AgentTeamsException($"The run in '{path}' has another configuration: {string.Join("; ", differences)}. Give the same plan, or choose another folder.");
    }

    /// <summary>What decides the result and differs from another run, each as <c>name was 'a' and is 'b'</c>.</summary>
    /// <param name="earlier">The other run.</param>
    public IEnumerable<string> DifferencesTo(RunConfiguration earlier)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        return Differing(earlier).Select(d => d.Text);
    }

    private IEnumerable<(string Key, string Text)> Differing(RunConfiguration earlier)
    {
        var (before, now) = (earlier.Flat(), Flat());
        return before.Keys.Union(now.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Where(k => before.GetValueOrDefault(k) != now.GetValueOrDefault(k))
            .Select(k => (k, $"{k} was {Quoted(before.GetValueOrDefault(k))} and is {Quoted(now.GetValueOrDefault(k))}"));
    }

    // How much is done at once decides how long a run takes and what memory it needs, but not what it comes to: a machine with less may go on with it.
    private static bool IsHow(string key) => key.EndsWith(".maxConcurrency", StringComparison.Ordinal);

    private static string Quoted(string? value) => value is null ? "not there" : $"'{value}'";

    private Dictionary<string, string> Flat()
    {
        var flat = new Dictionary<string, string>(StringComparer.Ordinal) { ["name"] = Name, ["seed"] = Seed.ToString(CultureInfo.InvariantCulture), ["stages"] = string.Join(", ", Stages.Select(s => s.Name)) };
        foreach (var (key, value) in Team) flat["team." + key] = value;
        foreach (var (key, value) in Settings) flat[key] = value;
        foreach (var stage in Stages)
        {
            flat[$"{stage.Name}.kind"] = stage.Kind;
            foreach (var (key, value) in stage.Options) flat[$"{stage.Name}.{key}"] = value;
        }

        return flat;
    }
}

/// <summary>A stage of a run.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Options">All its options, by their paths.</param>
public sealed record StageConfiguration(string Name, string Kind, ImmutableSortedDictionary<string, string> Options);
