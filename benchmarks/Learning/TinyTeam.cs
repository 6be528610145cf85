using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Benchmarks.Learning;

/// <summary>A team of tiny transformers with random weights, each of whose roles answers a question with one digit.</summary>
internal sealed class TinyTeam : IDisposable
{
    private static readonly string[] s_words = [.. Enumerable.Range(0, 8).Select(i => $"<r{i}>"), .. Enumerable.Range(0, 32).Select(i => $"<q{i}>"), .. Enumerable.Range(0, 10).Select(i => $"<d{i}>")];
    private readonly Dictionary<int, ChatOptions> _options = [];

    /// <summary>Creates a team.</summary>
    /// <param name="seed">Decides the weights.</param>
    /// <param name="map">Which role has which model.</param>
    /// <param name="roles">Role i is called <c>r{i}</c>.</param>
    /// <param name="hidden">The model's width.</param>
    /// <param name="valueHeads">Whether the policies have critics.</param>
    /// <param name="numbers">Whether numbers of two digits are one token.</param>
    /// <param name="threads">The model's threads; seeds run beside each other.</param>
    public TinyTeam(long seed, ModelMap map, int roles = 2, int hidden = 32, bool valueHeads = false, int threads = 1, bool numbers = false)
    {
        string[] words = [.. s_words, .. numbers ? Enumerable.Range(10, 90).Select(n => $"{n}") : []];
        var tokenizer = BpeTrainer.Train([""], 259 + 2 * words.Length, MinimalChatTemplate.SpecialTokens, words);
        var config = new ModelConfig
        {
            VocabularySize = tokenizer.VocabularySize, HiddenSize = hidden, IntermediateSize = 2 * hidden, Layers = 1, Heads = 2, KeyValueHeads = 2, HeadSize = hidden / 2,
            MaxPositions = 128, EndOfSequenceId = tokenizer.GetId(MinimalChatTemplate.End),
        };
        var models = map.Policies.Select(p => p.Model).Distinct().Select(id =>
            CpuLanguageModel.Create(new() { Id = id, Config = config, Tokenizer = tokenizer, Template = new MinimalChatTemplate(), Seed = new SeedKey(seed, Task: id) }, new CpuModelOptions { Threads = threads })).ToList();
        foreach (var policy in map.Policies.Where(p => p.Adapter is not null)) models.Single(m => m.Id == policy.Model).AddAdapter(policy.Adapter!, new SeedKey(seed));
        foreach (var policy in valueHeads ? map.Policies : []) models.Single(m => m.Id == policy.Model).AddValueHead(policy);
        Models = new(new Team("tiny", Enumerable.Range(0, roles).Select(i => new Role { Name = $"r{i}" }), map), models);
    }

    /// <summary>A team of models that were made elsewhere.</summary>
    public TinyTeam(ModelMap map, Func<string, LocalLanguageModel> load) => Models = new(
        new Team("tiny", map.Bindings.Keys.Select(r => new Role { Name = r }), map), map.Policies.Select(p => p.Model).Distinct().Select(load));

    public TeamModels Models { get; }

    /// <summary>Asks a role; its answer is one of so many digits.</summary>
    public async Task<TrajectoryNode> AskAsync(int role, string question, SeedKey key, int choices = 10, int turn = 0, string? name = null, bool hideRole = false, CancellationToken cancellationToken = default)
    {
        var id = name ?? $"r{role}";
        ChatMessage[] input = [new(ChatRole.User, hideRole ? question : $"<r{role}>{question}")];
        var options = OptionsOf(choices).Clone();
        options.Seed = (key with { Node = id }).ToSeed();
        var response = await Models.GetChatClient(Models.Team[$"r{role}"]).GetResponseAsync(input, options, cancellationToken);
        var trace = TokenTrace.Of(response);
        return new()
        {
            Id = id, Kind = NodeKind.Role, Name = id, Role = $"r{role}", Turn = turn, Input = [.. input], Output = [.. response.Messages], Tokens = trace, Policy = trace?.Policy,
            Usage = new(trace?.PromptIds.Length ?? 0, response.Usage?.OutputTokenCount ?? 0),
        };
    }

    /// <summary>Runs are written down as they were asked.</summary>
    public static Trajectory Record(string task, SeedKey key, params IReadOnlyList<TrajectoryNode> nodes) => new()
    {
        Id = key.ToTrajectoryId(), WorkflowName = "tiny", TaskId = task, GroupId = $"{key.Step}/{task}", SampleIndex = key.Sample, Key = key, Status = TrajectoryStatus.Completed,
        Outcome = string.Join(' ', nodes.Select(n => n.Text)), Nodes = [.. nodes.Select((n, i) => n with { Step = i })],
    };

    public static int Digit(TrajectoryNode node) => node.Text[0] - '0';

    /// <summary>The probability of each digit that a role may answer, exactly.</summary>
    public async Task<double[]> ProbabilitiesAsync(int role, string question, int choices = 10, bool hideRole = false)
    {
        var asked = await AskAsync(role, question, new SeedKey(0), choices, hideRole: hideRole);
        var model = (LocalLanguageModel)Models.GetModel(asked.Tokens!.Policy);
        var rows = Enumerable.Range(0, choices).Select(d => new TrainingRow { PromptIds = asked.Tokens.PromptIds, CompletionIds = [.. model.Tokenizer.Encode($"{d}")[..1]], Constraints = asked.Tokens.Constraints }).ToList();
        var scores = await model.ScoreAsync(asked.Tokens.Policy, rows);
        return [.. scores.Select(s => Math.Exp(s.LogProbs[0]))];
    }

    public void Dispose() => Models.Dispose();

    private ChatOptions OptionsOf(int choices)
    {
        lock (_options)
        {
            if (_options.TryGetValue(choices, out var options)) return options;
            var schema = JsonSerializer.SerializeToElement(new { @enum = Enumerable.Range(0, choices) });
            return _options[choices] = new() { Temperature = 1, MaxOutputTokens = choices > 100 ? 4 : 2, ResponseFormat = ChatResponseFormat.ForJsonSchema(schema) };
        }
    }
}
