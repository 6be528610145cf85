using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace AgentTeams.Rl;

/// <summary>
/// The instructions of a team's roles and the descriptions of their tools as data: to be changed, versioned, saved, and used by a workflow that was built with others.
/// </summary>
/// <example>
/// <code>
/// var prompts = PromptSet.Of(team.Roles).With(PromptComponent.Instructions("coder"), "Write one expression and nothing else.");
/// await workflow.RunAsync(state, runtime, new() { Middleware = [prompts.ToMiddleware()] });
/// </code>
/// </example>
public sealed record PromptSet
{
    /// <summary>Instructions by role; a role that is not named keeps its own.</summary>
    public ImmutableSortedDictionary<string, string> Instructions { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>Descriptions by tool; a tool that is not named keeps its own.</summary>
    public ImmutableSortedDictionary<string, string> Tools { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>16 hexadecimal digits of the SHA-256 of all texts: equal texts have one version.</summary>
    public string Version => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new[] { Instructions, Tools }))).AsSpan(0, 8));

    /// <summary>Everything that may be written anew, roles before tools, each in ordinal order.</summary>
    public IReadOnlyList<PromptComponent> Components => [.. Instructions.Keys.Select(PromptComponent.Instructions), .. Tools.Keys.Select(PromptComponent.Tool)];

    /// <summary>A text.</summary>
    /// <exception cref="AgentTeamsException">There is none of that name.</exception>
    public string this[PromptComponent component]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(component);
            return TextsOf(component.Kind).TryGetValue(component.Name, out var text) ? text
                : throw new AgentTeamsException($"The prompts hold no text of the {component}. They hold: {string.Join(", ", Components)}.");
        }
    }

    /// <summary>The texts that roles were declared with.</summary>
    /// <param name="roles">The roles.</param>
    /// <exception cref="AgentTeamsException">Two tools of one name have descriptions that differ, so one text cannot stand for both.</exception>
    public static PromptSet Of(IEnumerable<Role> roles)
    {
        ArgumentNullException.ThrowIfNull(roles);
        Role[] all = [.. roles];
        var tools = all.SelectMany(r => r.Tools).GroupBy(t => t.Name, StringComparer.Ordinal).ToList();
        if (tools.Find(g => g.Select(t => t.Description).Distinct(StringComparer.Ordinal).Count() > 1) is { } several)
            throw new AgentTeamsException($"The roles have several tools named '{several.Key}' with descriptions that differ. Name them differently, or describe them alike.");
        return new()
        {
            Instructions = all.DistinctBy(r => r.Name, StringComparer.Ordinal).ToImmutableSortedDictionary(r => r.Name, r => r.Instructions, StringComparer.Ordinal),
            Tools = tools.ToImmutableSortedDictionary(g => g.Key, g => g.First().Description, StringComparer.Ordinal),
        };
    }

    /// <summary>These prompts with one text changed.</summary>
    /// <param name="component">Whose text.</param>
    /// <param name="text">The text.</param>
    public PromptSet With(PromptComponent component, string text)
    {
        ArgumentNullException.ThrowIfNull(component);
        ArgumentNullException.ThrowIfNull(text);
        return component.Kind == PromptComponentKind.Tool ? this with { Tools = Tools.SetItem(component.Name, text) } : this with { Instructions = Instructions.SetItem(component.Name, text) };
    }

    /// <summary>A role with these instructions and tools described so, for a workflow that is built anew.</summary>
    public Role Apply(Role role)
    {
        ArgumentNullException.ThrowIfNull(role);
        return role with { Instructions = Instructions.GetValueOrDefault(role.Name, role.Instructions), Tools = [.. role.Tools.Select(t => DescribedTool.Of(t, Tools))] };
    }

    /// <summary>Lets a workflow use these prompts as it is. What is recorded of a call is what the model was shown.</summary>
    public WorkflowMiddleware ToMiddleware() => new PromptMiddleware(this);

    /// <summary>Reads prompts that <see cref="SaveAsync"/> wrote.</summary>
    /// <exception cref="AgentTeamsException">The file is not there, or holds something else.</exception>
    public static async Task<PromptSet> LoadAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            return Read(JsonSerializer.Deserialize<Written>(await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false), TrajectoryJson.Options));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new AgentTeamsException($"The prompts in '{path}' could not be read: {e.Message} Give a file that PromptSet.SaveAsync wrote.", e);
        }
    }

    /// <summary>Writes the prompts as JSON; what the file held is replaced at once or not at all.</summary>
    public async Task SaveAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var beside = path + ".new";
        await File.WriteAllBytesAsync(beside, JsonSerializer.SerializeToUtf8Bytes(Write(), TrajectoryJson.Options), cancellationToken).ConfigureAwait(false);
        File.Move(beside, path, overwrite: true);
    }

    internal Written Write() => new(new(Instructions), new(Tools));

    internal static PromptSet Read(Written? written) => written is { Instructions: { } instructions, Tools: { } tools }
        ? new() { Instructions = instructions.ToImmutableSortedDictionary(StringComparer.Ordinal), Tools = tools.ToImmutableSortedDictionary(StringComparer.Ordinal) }
        : throw new JsonException("it holds no 'instructions' and 'tools'");

    private ImmutableSortedDictionary<string, string> TextsOf(PromptComponentKind kind) => kind == PromptComponentKind.Tool ? Tools : Instructions;

    /// <summary>The file's form.</summary>
    internal sealed record Written(SortedDictionary<string, string>? Instructions, SortedDictionary<string, string>? Tools);
}
