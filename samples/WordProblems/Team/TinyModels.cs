using System.Globalization;

namespace AgentTeams.Samples.WordProblems;

/// <summary>The embedded models: small transformers with random weights, and a vocabulary learned from the training questions.</summary>
internal static class TinyModels
{
    private const int MaxNumbers = 10;
    private const string SharedModel = "team";

    /// <summary>The model map of a mapping, and its models.</summary>
    /// <param name="mapping">"shared", "separate" or "adapters".</param>
    /// <param name="trainingQuestions">The text from which the vocabulary is learned; held-out questions are not among it.</param>
    /// <param name="vocabulary">The size of the vocabulary.</param>
    /// <param name="seed">Decides the weights.</param>
    /// <param name="create">The engine; the CPU engine unless given.</param>
    public static (ModelMap Map, IReadOnlyList<LocalLanguageModel> Models) Create(string mapping, IEnumerable<string> trainingQuestions, int vocabulary, long seed, Func<LocalModelOptions, LocalLanguageModel>? create = null)
    {
        var options = Options(trainingQuestions, vocabulary);
        create ??= static given => CpuLanguageModel.Create(given);
        LocalLanguageModel Model(string id) => create(options with { Id = id, Seed = new SeedKey(seed, "init", Task: id) });
        switch (mapping)
        {
            case "shared":
                return (ModelMap.Full(SharedModel, Prompts.Roles), [Model(SharedModel)]);
            case "separate":
                return (ModelMap.Separate(Prompts.Roles), [.. Prompts.Roles.Select(Model)]);
            case "adapters":
                var shared = Model(SharedModel);
                foreach (var role in Prompts.Roles)
                    shared.AddAdapter(role, new SeedKey(seed, "init", Task: role), new LoraOptions { Rank = 16, Alpha = 32 });
                return (ModelMap.Adapters(SharedModel, Prompts.Roles), [shared]);
            default:
                throw new AgentTeamsException($"The mapping '{mapping}' is unknown. Give shared, separate or adapters.");
        }
    }

    private static LocalModelOptions Options(IEnumerable<string> questions, int vocabulary)
    {
        IEnumerable<string> words =
        [
            .. Enumerable.Range(0, MaxNumbers).Select(k => "number" + k.ToString(CultureInfo.InvariantCulture)),
            .. Formula.OperationNames.Keys.Select(o => o.ToString()), "(", ")", "=", .. Formula.OperationNames.Values,
            "accept", "retry", "operation", "numbers", Prompts.NoValue,
        ];
        var options = LocalModelOptions.FromTexts(SharedModel, questions, new SeedKey(0), vocabulary, words, Prompts.Roles.Select(Prompts.InstructionsOf));
        return options with { Config = options.Config with { MaxPositions = 256 } };
    }
}
