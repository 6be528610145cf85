namespace AgentTeams.Tests;

public sealed class GuideTests
{
    [Fact]
    public void Gpu_EverySnippet_IsCompiledHere() => GuideCode.AssertCompiled(GuideCode.Blocks("docs/gpu.md"), "GuideTests.cs");

    private static void Train()
    {
        using var model = TorchLanguageModel.Load("base", "models/Qwen2.5-1.5B-Instruct", options: new() { GradientCheckpointing = true });
        var planner = model.AddAdapter("planner", new SeedKey(1));
        var coder = model.AddAdapter("coder", new SeedKey(2));
    }

    private static void SampleElsewhere(IEnumerable<string> team, HttpClient httpClient)
    {
        var local = TorchLanguageModel.Load("base", "models/Qwen2.5-0.5B");   // or CpuLanguageModel
        foreach (var role in team) local.AddAdapter(role, new SeedKey(1, Task: role));
        var model = new RemotelySampledModel(local, new() { Address = new Uri("http://localhost:8000/"), AdapterDirectory = "/shared/adapters" }, httpClient);
    }
}
