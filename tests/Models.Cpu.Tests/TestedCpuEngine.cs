namespace AgentTeams.Tests;

/// <summary>The CPU engine computes every family, and twice the same bits.</summary>
public sealed class TestedCpuEngine : ITestedEngine
{
    private TestedCpuEngine() { }

    public static IReadOnlyList<string> Computed { get; } =
        ["llama", "llama3", "qwen2", "qwen3", "mistral-full", "mistral-window", "phi3-partial", "phi3-window", "gemma3", "gemma3-linear"];

    public static IReadOnlyList<(string Case, string Named)> Refused { get; } = [("phi3-longrope-short", "longrope"), ("phi3-longrope-long", "longrope")];

    public static float Tolerance => 0;

    public static LocalLanguageModel Load(string folder, string file, bool checkpointing) => CpuLanguageModel.FromWeights("tiny", CpuEngine.ReadWeights(folder, file),
        TinyModel.Tokenizer(0), new MinimalChatTemplate(), checkpointing ? new() { GradientCheckpointing = true, Threads = 1 } : null);

    public static LocalLanguageModel Create() => TinyModel.Create();

    public static IReadOnlyList<TestedParameter> ParametersOf(LocalLanguageModel model)
    {
        var set = CpuInternals.ParametersOf(model, model.Base);
        return [.. set.Views.Select(v => new TestedParameter(v.Name, set.ValuesOf(v).ToArray(), set.GradientsAt(v.Offset, v.Count).ToArray()))];
    }
}
