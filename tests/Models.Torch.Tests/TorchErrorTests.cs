using TorchSharp;

namespace AgentTeams.Tests;

/// <summary>One clear error for each thing that can be missing.</summary>
public sealed class TorchErrorTests
{
    [Fact]
    public void Open_NoNativeLibrary_NamesThePackages()
    {
        var error = Assert.Throws<AgentTeamsException>(() => TorchRuntime.Open(TorchDevice.Auto, 0, _ => throw new NotSupportedException("This application doesn't contain a reference to libtorch-cpu.\nTrace"), () => 0));
        foreach (var package in new[] { "TorchSharp-cpu", "TorchSharp-cuda-linux", "TorchSharp-cuda-windows" }) Assert.Contains(package, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Trace", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_CudaAskedForButAbsent_SaysWhatToCheck()
    {
        var error = Assert.Throws<AgentTeamsException>(() => TorchRuntime.Open(TorchDevice.Cuda, 0, type => type == DeviceType.CPU, () => 0));
        Assert.Contains("TorchSharp-cuda-linux", error.Message, StringComparison.Ordinal);
        Assert.Contains("nvidia-smi", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_GpuBeyondTheLast_SaysHowManyThereAre()
    {
        var error = Assert.Throws<AgentTeamsException>(() => TorchRuntime.Open(TorchDevice.Auto, 3, _ => true, () => 2));
        Assert.Contains("there are 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Require_TooLittleMemory_SaysHowMuchAndWhatToChange()
    {
        var error = Assert.Throws<AgentTeamsException>(() => MemoryNeed.Require(TinyModel.Config(280), 1_500_000_000, torch.ScalarType.Float32, 4L << 30));
        Assert.Contains("5.6 GiB", error.Message, StringComparison.Ordinal);
        Assert.Contains("4.0 GiB", error.Message, StringComparison.Ordinal);
        Assert.Contains("BFloat16", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_UnsupportedArchitecture_NamesIt()
    {
        var folder = Directory.CreateTempSubdirectory("agentteams").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "config.json"), """{ "model_type": "mamba" }""");
            Assert.Contains("'mamba'; supported are llama, qwen2 and qwen3", Assert.Throws<ModelFormatException>(() => TorchLanguageModel.Load("m", folder)).Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Evaluate_RowLongerThanTheModel_SaysSo()
    {
        using var model = TorchModels.Create();
        Assert.Contains("1024 positions", Assert.Throws<AgentTeamsException>(() => model.Evaluate(model.Base, [TinyModel.Row(1, prompt: 1030)])).Message, StringComparison.Ordinal);
        Assert.Contains("The id 999", Assert.Throws<AgentTeamsException>(() => model.Evaluate(model.Base, [new TrainingRow { PromptIds = [999], CompletionIds = [1] }])).Message, StringComparison.Ordinal);
    }
}
