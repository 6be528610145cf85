using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace AgentTeams.Runs;

/// <summary>
/// Trained weights by name and version in a folder, with where they came from: what an application loads, what it loaded before, and the way back. Versions are
/// never changed; which one is in use is one small file that is replaced whole.
/// </summary>
/// <example>
/// <code>
/// var registry = new ModelRegistry("models");
/// var version = await registry.AddAsync("math", models, new() { Run = "runs/math", Metrics = { ["success"] = 0.86 } });
/// registry.Promote("math", version.Number);
/// await registry.LoadAsync("math", models);    // in the application
/// registry.Rollback("math");
/// </code>
/// </example>
/// <param name="directory">The folder; it is made where it does not exist.</param>
public sealed class ModelRegistry(string directory)
{
    private static readonly JsonSerializerOptions Json = new(TrajectoryJson.Options) { WriteIndented = true };

    /// <summary>Stores weights as the next version of a name.</summary>
    /// <param name="name">What they are for.</param>
    /// <param name="models">The models; all their trained weights are stored.</param>
    /// <param name="lineage">Where they came from.</param>
    /// <param name="cancellationToken">Ends the writing; nothing is left of it then.</param>
    /// <returns>The version, which is not in use yet.</returns>
    public async Task<ModelVersion> AddAsync(string name, TeamModels models, ModelLineage? lineage = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(models);
        var home = Directory.CreateDirectory(HomeOf(name)).FullName;
        var temporary = Path.Combine(home, $".writing-{Guid.NewGuid():N}");
        try
        {
            foreach (var model in models.Models) await model.SaveAsync(Path.Combine(temporary, "models", model.Id), models.TrainablePolicies, cancellationToken).ConfigureAwait(false);
            lineage = (lineage ?? new()) with { Parent = lineage?.Parent ?? Current(name)?.Number, WeightsSha256 = await models.WeightsHashAsync(cancellationToken).ConfigureAwait(false) };
            Directory.CreateDirectory(temporary);
            File.WriteAllBytes(Path.Combine(temporary, "version.json"), JsonSerializer.SerializeToUtf8Bytes(lineage, Json));
            // Whoever adds at the same time takes the number behind.
            for (var number = Versions(name).Select(v => v.Number).DefaultIfEmpty(0).Max() + 1; ; number++)
            {
                var path = PathOf(name, number);
                if (Directory.Exists(path)) continue;
                Directory.Move(temporary, path);
                return new(name, number, path, lineage);
            }
        }
        finally
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        }
    }

    /// <summary>The versions of a name, the oldest first; empty for a name that there is not.</summary>
    /// <exception cref="AgentTeamsException">A version is damaged.</exception>
    public IReadOnlyList<ModelVersion> Versions(string name) => !Directory.Exists(HomeOf(name)) ? []
        : [.. Directory.EnumerateDirectories(HomeOf(name), "v*").Select(d => int.TryParse(Path.GetFileName(d).AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 0)
            .Where(n => n > 0).Order().Select(n => new ModelVersion(name, n, PathOf(name, n), Read<ModelLineage>(Path.Combine(PathOf(name, n), "version.json"))))];

    /// <summary>The version in use; null where none was promoted.</summary>
    public ModelVersion? Current(string name) => History(name) is [.., var number] ? Find(name, number) : null;

    /// <summary>Puts a version in use.</summary>
    /// <exception cref="AgentTeamsException">There is no such version.</exception>
    public void Promote(string name, int number)
    {
        Find(name, number);
        Write(name, [.. History(name), number]);
    }

    /// <summary>Goes back to the version that was in use before the current one.</summary>
    /// <returns>The version that is in use now.</returns>
    /// <exception cref="AgentTeamsException">There was none before.</exception>
    public ModelVersion Rollback(string name)
    {
        var history = History(name);
        if (history.Length < 2) throw new AgentTeamsException($"'{name}' has no version to go back to: {history.Length} were promoted. Promote another one.");
        Write(name, history[..^1]);
        return Find(name, history[^2]);
    }

    /// <summary>Gives models the weights in use.</summary>
    /// <returns>The version.</returns>
    /// <exception cref="AgentTeamsException">No version is in use, or the models are others than those that were stored.</exception>
    public async Task<ModelVersion> LoadAsync(string name, TeamModels models, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(models);
        var version = Current(name) ?? throw new AgentTeamsException($"No version of '{name}' is in use. Promote one of: {string.Join(", ", Versions(name).Select(v => v.Number))}.");
        foreach (var model in models.Models) await model.VerifyAsync(version.ModelPath(model.Id), cancellationToken).ConfigureAwait(false);
        foreach (var model in models.Models) await model.LoadAsync(version.ModelPath(model.Id), CancellationToken.None).ConfigureAwait(false);
        return version;
    }

    private ModelVersion Find(string name, int number) => Versions(name).FirstOrDefault(v => v.Number == number)
        ?? throw new AgentTeamsException($"'{name}' has no version {number}. It has: {string.Join(", ", Versions(name).Select(v => v.Number))}.");

    private string HomeOf(string name) => Path.Combine(directory, Guard.Name(name, "model name"));

    private string PathOf(string name, int number) => Path.Combine(HomeOf(name), string.Create(CultureInfo.InvariantCulture, $"v{number}"));

    private ImmutableArray<int> History(string name) => File.Exists(Path.Combine(HomeOf(name), "promoted.json")) ? Read<ImmutableArray<int>>(Path.Combine(HomeOf(name), "promoted.json")) : [];

    private void Write(string name, ImmutableArray<int> history)
    {
        var path = Path.Combine(HomeOf(name), "promoted.json");
        File.WriteAllBytes(path + ".tmp", JsonSerializer.SerializeToUtf8Bytes(history, Json));
        File.Move(path + ".tmp", path, overwrite: true);
    }

    private static T Read<T>(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllBytes(path), Json) ?? throw new JsonException("It is null.");
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            throw new AgentTeamsException($"'{path}' cannot be read: {e.Message} Restore it from a copy.", e);
        }
    }
}
