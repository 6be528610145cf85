namespace AgentTeams.Tests;

/// <summary>A local model with random weights.</summary>
internal static class TinyModel
{
    private static readonly string[] s_texts = ["6 apples and 2 more", "6 pens, 2 lost", "6 bags of 2 nuts", "How many apples are left?"];

    public static LocalLanguageModel Create(CpuModelOptions? options = null) =>
        CpuLanguageModel.Create(LocalModelOptions.FromTexts("tiny", s_texts, new SeedKey(1)), options);
}
