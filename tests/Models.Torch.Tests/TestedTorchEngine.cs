namespace AgentTeams.Tests;

/// <summary>TorchSharp computes Llama and what differs from it in biases, norms of queries and keys, and rotary scaling.</summary>
public sealed class TestedTorchEngine : ITestedEngine
{
    private TestedTorchEngine() { }

    public static IReadOnlyList<string> Computed { get; } = ["llama", "llama3", "qwen2", "qwen3", "mistral-full"];

    public static IReadOnlyList<(string Case, string Named)> Refused { get; } =
    [
        ("mistral-window", "'mistral' and has SlidingWindow"), ("phi3-partial", "'phi3' and has FusedProjections"), ("phi3-window", "'phi3' and has FusedProjections"),
        ("gemma3", "'gemma3_text' and has UnitOffsetNorms"), ("gemma3-linear", "'gemma3_text' and has UnitOffsetNorms"),
        ("phi3-longrope-short", "longrope"), ("phi3-longrope-long", "longrope"),
    ];

    public static float Tolerance => 1e-4f;

    public static LocalLanguageModel Load(string folder, string file, bool checkpointing) => Load(folder, file, TorchModels.Options with { GradientCheckpointing = checkpointing });

    public static LocalLanguageModel Create() => TorchModels.Create();

    public static IReadOnlyList<TestedParameter> ParametersOf(LocalLanguageModel model)
    {
        var set = model.SetOf(model.Base);
        return [.. set.Parameters.Select(p => new TestedParameter(p.Name, TensorData.ToArray(p.Value), TensorData.ToArray(p.Of(set.Gradients))))];
    }

    internal static LocalLanguageModel Load(string folder, string file, TorchModelOptions options) =>
        TorchLanguageModel.FromWeights("tiny", TorchEngine.ReadWeights(folder, file, options), TinyModel.Tokenizer(0), new MinimalChatTemplate(), options);
}
