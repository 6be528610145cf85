using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace AgentTeams.Cli;

/// <summary>A team, its tasks and its plan as a YAML file says them; <c>docs/cli.md</c> is its reference.</summary>
internal sealed class TeamFile
{
    public string Name { get; set; } = "";

    public long Seed { get; set; }

    public ModelPart? Model { get; set; } = new();

    public List<RolePart?> Roles { get; set; } = [];

    public TasksPart? Tasks { get; set; } = new();

    public List<StagePart?> Plan { get; set; } = [];

    /// <exception cref="AgentTeamsException">The file is not there, or says something that there is not.</exception>
    public static TeamFile Read(string path)
    {
        try
        {
            var file = new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance).Build().Deserialize<TeamFile?>(File.ReadAllText(path)) ?? new();
            if (file.Problems().ToList() is { Count: > 0 } problems) throw new AgentTeamsException($"'{path}': {string.Join(" ", problems)}");
            return file;
        }
        catch (YamlException e)
        {
            throw new AgentTeamsException($"'{path}', line {e.Start.Line}: {e.InnerException?.Message ?? e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AgentTeamsException($"The team '{path}' cannot be read: {e.Message} Give a YAML file.", e);
        }
    }

    private IEnumerable<string> Problems()
    {
        if (string.IsNullOrEmpty(Name)) yield return "name is missing.";
        if (Model is null) yield return "model is empty; say what it is, or leave it out.";
        if (Model is { Vocabulary: < 1 }) yield return $"model.vocabulary is {Figures.Whole(Model.Vocabulary)}; give at least 1.";
        if (Model is { Lora: < 1 }) yield return $"model.lora is {Figures.Whole(Model.Lora.Value)}; give a rank of at least 1.";
        if (Roles is null or []) yield return "roles is missing; give at least one.";
        if (Plan is null or []) yield return "plan is missing; give at least one stage.";
        foreach (var problem in RoleProblems(Roles ?? [])) yield return problem;
        foreach (var problem in StageProblems(Plan ?? [])) yield return problem;
    }

    private static IEnumerable<string> RoleProblems(List<RolePart?> roles)
    {
        // What a prompt may name: the question, and whoever has spoken by then.
        var known = new List<string> { "question" };
        foreach (var role in roles)
        {
            if (role is null || string.IsNullOrEmpty(role.Name) || string.IsNullOrEmpty(role.Prompt))
            {
                yield return $"The role '{role?.Name}' needs name and prompt.";
                continue;
            }

            foreach (var name in YamlProgram.NamesIn(role.Prompt).Where(n => !known.Contains(n, StringComparer.Ordinal)))
                yield return $"The prompt of '{role.Name}' names '{{{name}}}', which is no question and no earlier role; it may name {string.Join(", ", known)}.";
            if (known.Contains(role.Name, StringComparer.Ordinal)) yield return role.Name == "question" ? "A role is named 'question', as what is asked is; give it another name." : $"Two roles are named '{role.Name}'; give each a name of its own.";
            if (role.MaxTokens < 1) yield return $"The role '{role.Name}' has max_tokens {Figures.Whole(role.MaxTokens)}; give at least 1.";
            known.Add(role.Name);
        }
    }

    private IEnumerable<string> StageProblems(List<StagePart?> plan)
    {
        if (Tasks?.Train is null && plan.Exists(s => s?.Reinforce is not null)) yield return "tasks.train is missing, on which the plan trains.";
        if (Tasks?.Test is null && plan.Exists(s => s?.Evaluate is not null)) yield return "tasks.test is missing, on which the plan evaluates.";
        if (Tasks?.Train is null && Model is { Path: null }) yield return "tasks.train is missing, from whose texts the vocabulary of a model with random weights is made.";
        foreach (var stage in plan.Where(s => new[] { s?.Supervise, s?.Reinforce, s?.Evaluate }.Count(n => n is not null) != 1)) yield return "A stage of the plan needs one of supervise, reinforce and evaluate, with its name.";
        foreach (var stage in plan.Where(s => s is { Supervise: not null, Examples: null })) yield return $"The stage '{stage!.Supervise}' needs examples, a file of chat-format JSON lines.";
    }
}

/// <summary>The model behind the roles.</summary>
internal sealed class ModelPart
{
    /// <summary>A Hugging Face folder; a tiny model with random weights unless given.</summary>
    public string? Path { get; set; }

    public int Vocabulary { get; set; } = 512;

    /// <summary>The rank of an adapter for each role; null for full weights.</summary>
    public int? Lora { get; set; }
}

/// <summary>A role, and what it is asked.</summary>
internal sealed class RolePart
{
    public string Name { get; set; } = "";

    public string Instructions { get; set; } = "";

    /// <summary>What it is asked: <c>{question}</c> and <c>{ROLE}</c> are what there is and what an earlier role said.</summary>
    public string Prompt { get; set; } = "";

    public int MaxTokens { get; set; } = 64;
}

/// <summary>Files of JSON lines <c>{"question", "answer"}</c>.</summary>
internal sealed class TasksPart
{
    public string? Train { get; set; }

    public string? Test { get; set; }
}

/// <summary>A stage: its kind names it.</summary>
internal sealed class StagePart
{
    public string? Supervise { get; set; }

    public string? Reinforce { get; set; }

    public string? Evaluate { get; set; }

    public string? Examples { get; set; }

    public int Epochs { get; set; } = 30;

    public int Steps { get; set; } = 100;

    public int GroupSize { get; set; } = 8;

    public double LearningRate { get; set; } = 1e-3;
}
