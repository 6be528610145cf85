using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace AgentTeams.Cli;

/// <summary>What a YAML team can be told besides its file.</summary>
internal sealed record YamlOptions;

/// <summary>A team that a YAML file declares: roles that speak one after another, the last of which gives the answer.</summary>
internal sealed partial class YamlProgram(string path) : TeamProgram<YamlOptions>
{
    private readonly TeamFile _file = TeamFile.Read(path);

    public override string Name => _file.Name;

    public override Task<TeamSession> StartAsync(YamlOptions options, CancellationToken cancellationToken)
    {
        var (train, test) = (TasksOf(_file.Tasks?.Train), TasksOf(_file.Tasks?.Test));
        var roles = _file.Roles.ConvertAll(r => new Role { Name = r!.Name, Instructions = r.Instructions, Options = new() { MaxOutputTokens = r.MaxTokens } });
        var workflow = WorkflowOf(roles);
        var models = ModelsOf(roles, train);
        TaskSet<YamlTask> Set(IEnumerable<YamlTask> tasks) => TaskSet.Create(tasks, t => t.Question, workflow, models, t => YamlState.Of(t.Question), s => s.Answer);
        return Task.FromResult(new TeamSession
        {
            Plan = new(Name, models)
            {
                Seed = _file.Seed,
                Settings = new Dictionary<string, string> { ["team"] = JsonSerializer.Serialize(_file), ["train"] = Fingerprint(train), ["test"] = Fingerprint(test) },
                Stages = [.. _file.Plan.Select(s => StageOf(s!, () => Set(train), () => Set(test)))],
            },
            Ask = async (question, key, token) => (await workflow.RecordAsync(YamlState.Of(question), models.Runtime, new() { Seed = key }, new() { Outcome = s => s.Answer }, token).ConfigureAwait(false)).Trajectory,
        });
    }

    private Workflow<YamlState> WorkflowOf(List<Role> roles)
    {
        var wf = Workflow.CreateBuilder<YamlState>(Name);
        var nodes = roles.Select((role, i) => wf.AddRole(role, s => s.Fill(_file.Roles[i]!.Prompt), (s, reply) => s.Said(role.Name, reply.Text))).ToList();
        var last = wf.Start(nodes[0]);
        foreach (var node in nodes.Skip(1)) last = last.Then(node);
        return wf.Build();
    }

    private TeamModels ModelsOf(List<Role> roles, IReadOnlyList<YamlTask> train)
    {
        const string Id = "model";
        string[] names = [.. roles.Select(r => r.Name)];
        var model = _file.Model!.Path is { } folder
            ? CpuLanguageModel.Load(Id, Beside(folder))
            : CpuLanguageModel.Create(LocalModelOptions.FromTexts(Id, train.SelectMany(t => new[] { t.Question, t.Answer }), new SeedKey(_file.Seed), _file.Model.Vocabulary));
        if (_file.Model.Lora is not { } rank) return new(new(Name, roles, ModelMap.Full(Id, names)), [model]);
        foreach (var name in names) model.AddAdapter(name, new SeedKey(_file.Seed, name), new() { Rank = rank, Alpha = 2 * rank });
        return new(new(Name, roles, ModelMap.Adapters(Id, names)), [model]);
    }

    private ITrainingStage StageOf(StagePart part, Func<TaskSet<YamlTask>> train, Func<TaskSet<YamlTask>> test)
    {
        if (part.Supervise is { } show) return Stage.Supervise(show, SftExample.ReadAsync(Beside(part.Examples!)).ToBlockingEnumerable(), options: new() { MaxEpochs = part.Epochs, Patience = null }, onBase: _file.Model is { Path: null, Lora: not null });
        if (part.Evaluate is { } name) return Stage.Evaluate(name, test(), IsRight);
        var tasks = train();
        return Stage.Reinforce(part.Reinforce!, tasks, RlOptions.Grpo with
        {
            Rewards = new RewardComposer().Add(tasks.Outcome((t, run) => IsRight(t, run) ? 1 : 0)), Steps = part.Steps, GroupSize = part.GroupSize, Optimizer = new() { LearningRate = part.LearningRate },
        });
    }

    /// <summary>The names that a prompt holds in braces.</summary>
    public static IEnumerable<string> NamesIn(string prompt) => YamlState.Place().Matches(prompt).Select(m => m.Groups[1].Value);

    // A run does not go on with other questions or answers.
    private static string Fingerprint(IReadOnlyList<YamlTask> tasks) =>
        $"{Figures.Whole(tasks.Count)} tasks, sha256 {Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(tasks)).AsSpan(0, 8))}";

    private static bool IsRight(YamlTask task, Trajectory run) => run.Outcome?.Trim() == task.Answer.Trim();

    private string Beside(string file) => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, file);

    private IReadOnlyList<YamlTask> TasksOf(string? file)
    {
        if (file is null) return [];
        try
        {
            return [.. File.ReadLines(Beside(file)).Where(l => !string.IsNullOrWhiteSpace(l)).Select(l =>
                JsonSerializer.Deserialize<YamlTask>(l, JsonSerializerOptions.Web) is { Question: not null, Answer: not null } task ? task : throw new JsonException($"A line is '{l}'."))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new AgentTeamsException($"The tasks '{Beside(file)}' cannot be read: {e.Message} Give lines {{\"question\": .., \"answer\": ..}}.", e);
        }
    }

    /// <summary>A task.</summary>
    internal sealed record YamlTask
    {
        public required string Question { get; init; }

        public required string Answer { get; init; }
    }

    /// <summary>What was asked and said so far, by name.</summary>
    internal sealed partial record YamlState(ImmutableSortedDictionary<string, string> Texts, string Answer)
    {
        public static YamlState Of(string question) => new(ImmutableSortedDictionary<string, string>.Empty.WithComparers(StringComparer.Ordinal).Add("question", question), "");

        public YamlState Said(string role, string text) => new(Texts.SetItem(role, text), text);

        public string Fill(string prompt) => Place().Replace(prompt, m => Texts.TryGetValue(m.Groups[1].Value, out var text) ? text : throw new AgentTeamsException($"The prompt '{prompt}' names '{m.Value}', which is no question and no earlier role."));

        [GeneratedRegex(@"\{([^{}]+)\}")]
        public static partial Regex Place();
    }
}
