namespace AgentTeams.SemanticKernel;

/// <summary>What <c>AddLocalModel</c> may be told about a model.</summary>
public sealed class KernelModelOptions
{
    /// <summary>How messages become tokens.</summary>
    /// <value>Null, the default, for the chat template in the model's folder.</value>
    public ChatTemplate? Template { get; set; }

    /// <summary>How the model uses the machine.</summary>
    public CpuModelOptions? Cpu { get; set; }

    /// <summary>
    /// Adapters on the model, by the key under which each answers; the value is a folder in PEFT layout, or null for a new adapter that changes
    /// nothing yet.
    /// </summary>
    public IDictionary<string, string?> Adapters { get; } = new SortedDictionary<string, string?>(StringComparer.Ordinal);

    /// <summary>The shape of new adapters.</summary>
    public LoraOptions? Lora { get; set; }

    /// <summary>Decides the initial weights of new adapters.</summary>
    public SeedKey Seed { get; set; } = new(0, "adapters");

    internal ITrainableModel Load(string id, string directory)
    {
        var model = CpuLanguageModel.Load(id, directory, Template, Cpu);
        foreach (var (name, folder) in Adapters)
        {
            if (folder is null) model.AddAdapter(name, Seed with { Node = name }, Lora);
            else model.LoadAdapter(name, folder);
        }

        return model;
    }
}
