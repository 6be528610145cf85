namespace AgentTeams.Tests;

/// <summary>The code of docs/deploy.md, as it stands there.</summary>
internal static class DeploySnippets
{
    public static void SaveAdapter(LocalLanguageModel model, PolicyId coder)
    {
        model.SaveAdapter(coder, "deploy/coder-adapter");
    }

    public static void SaveMerged(LocalLanguageModel model, PolicyId coder)
    {
        model.MergeAdapter(coder);
        model.SavePretrained("deploy/coder");
        model.UnmergeAdapter(coder);
    }

    public static void Export(LocalLanguageModel model, PolicyId coder)
    {
        model.ExportGguf("deploy/coder.gguf", new GgufOptions { Policy = coder, Type = GgufType.Q8_0, AllowUnnormalizedText = true });
    }
}
