using System.Runtime.InteropServices;
using TorchSharp;

namespace AgentTeams.Tests;

/// <summary>One clear error for each thing that can be missing.</summary>
public sealed class TorchErrorTests
{
    [Theory]
    [InlineData("/lib/libstdc++.so.6: version `GLIBCXX_3.4.32' not found", true)]
    [InlineData("libtorch_cpu.so: cannot open shared object file", false)]
    public void Problem_NativeLibraryDoesNotLoad_TellsAnOldSystemFromAMissingPackage(string message, bool isOld)
    {
        var folder = Directory.CreateTempSubdirectory("agentteams").FullName;
        void Load(string path) => throw new DllNotFoundException(message);
        Assert.Null(OlderSystem.Problem(folder, Load));
        File.WriteAllText(Path.Combine(folder, "libLibTorchSharp.so"), "");
        var problem = OlderSystem.Problem(folder, Load);
        if (isOld) Assert.Contains("GCC 13 or newer, as in Debian 13", problem, StringComparison.Ordinal);
        else Assert.Null(problem);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Open_NoNativeLibrary_NamesThePackages()
    {
        var error = Assert.Throws<AgentTeamsException>(() => TorchRuntime.Open(TorchDevice.Auto, 0, _ => throw new NotSupportedException("This application doesn't contain a reference to libtorch-cpu.\nTrace"), () => 0, _ => { }));
        foreach (var package in new[] { "TorchSharp-cpu", "TorchSharp-cuda-linux", "TorchSharp-cuda-windows" }) Assert.Contains(package, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Trace", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_CudaAskedForButAbsent_SaysWhatToCheck()
    {
        var error = Assert.Throws<AgentTeamsException>(() => TorchRuntime.Open(TorchDevice.Cuda, 0, type => type == DeviceType.CPU, () => 0, _ => { }));
        Assert.Contains("TorchSharp-cuda-linux", error.Message, StringComparison.Ordinal);
        Assert.Contains("nvidia-smi", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_GpuBeyondTheLast_SaysHowManyThereAre()
    {
        var error = Assert.Throws<AgentTeamsException>(() => TorchRuntime.Open(TorchDevice.Auto, 3, _ => true, () => 2, _ => { }));
        Assert.Contains("there are 2", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CUDA error: no kernel image is available for execution on the device\nCompile with")]
    [InlineData("CUDA driver version is insufficient for CUDA runtime version")]
    public void Open_GpuThatThePackageDoesNotFit_SaysWhatToCheck(string thrown)
    {
        var error = Assert.Throws<AgentTeamsException>(() => TorchRuntime.Open(TorchDevice.Auto, 1, _ => true, () => 2, _ => throw new NativeError(thrown)));
        Assert.Contains("The GPU 1", error.Message, StringComparison.Ordinal);
        Assert.Contains(thrown.Split('\n')[0], error.Message, StringComparison.Ordinal);
        Assert.Contains("nvidia-smi", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Compile with", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NoGpuAndNoneAskedFor_TakesTheCpu() =>
        Assert.Equal(DeviceType.CPU, TorchRuntime.Open(TorchDevice.Auto, 0, type => type == DeviceType.CPU, () => 0, _ => { }).type);

    [Fact]
    public void Load_ModelLargerThanTheMachine_SaysHowMuchIsNeeded()
    {
        // 2^31 parameters at most, so what is scarce must be simulated.
        var error = Assert.Throws<AgentTeamsException>(() => MemoryNeed.Allocate(torch.CPU, 1L << 50, "the weights", "Take a smaller model.", () => Assert.Fail("It was tried.")));
        Assert.Contains("1048576.0 GiB are needed", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Allocate_DeviceRunsOut_SaysHowMuchIsNeededAndWhatToChange()
    {
        var error = Assert.Throws<AgentTeamsException>(() => MemoryNeed.Allocate(torch.CPU, 3L << 20, "training the weights", "Train adapters.", () => throw new NativeError("CUBLAS_STATUS_ALLOC_FAILED")));
        Assert.Equal("Not enough memory for training the weights: 3.0 MiB are needed, but the device has less. Train adapters.", error.Message);
    }

    [Fact]
    public async Task Enqueue_CacheLargerThanTheMachine_SaysWhatToLower()
    {
        using var model = TorchModels.Create(options: TorchModels.Options with { Device = TorchDevice.Cpu, CacheMemory = 1L << 52 });
        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => TinyModel.Generate(model, model.Base, [3, 4], 2, 1, []));
        Assert.Contains("CacheMemory", error.Message, StringComparison.Ordinal);
        Assert.Contains("GiB are needed", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Require_TooLittleMemory_SaysHowMuchAndWhatToChange()
    {
        var error = Assert.Throws<AgentTeamsException>(() => MemoryNeed.Require(6_000_000_000, 4L << 30, "the weights", "Set BFloat16."));
        Assert.Contains("5.6 GiB", error.Message, StringComparison.Ordinal);
        Assert.Contains("4.0 GiB", error.Message, StringComparison.Ordinal);
        Assert.Contains("BFloat16", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_FamilyWithMoreThanThisEngineComputes_IsRefusedByName()
    {
        var tokenizer = TinyModel.Tokenizer(280);
        var plain = TinyModel.Config(tokenizer.VocabularySize);
        ModelConfig[] configs =
        [
            plain with { Family = ModelFamily.Gemma3 }, plain with { Family = ModelFamily.Phi3 }, plain with { Family = ModelFamily.Mistral, SlidingWindow = 4 },
            plain with { PartialRotaryFactor = 0.5f }, plain with { QueryPreAttentionScalar = 16 }, plain with { LocalRopeTheta = 10_000 },
        ];
        Assert.All(configs, config => Assert.Contains("the CPU engine alone computes", Assert.Throws<ModelFormatException>(() => TorchLanguageModel.Create(
            new() { Id = "m", Config = config, Tokenizer = tokenizer, Template = new MinimalChatTemplate(), Seed = new SeedKey(1) }, TorchModels.Options)).Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Load_UnsupportedArchitecture_NamesIt()
    {
        var folder = Directory.CreateTempSubdirectory("agentteams").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "config.json"), """{ "model_type": "mamba" }""");
            Assert.Contains("'mamba'; supported are llama, qwen2, qwen3, mistral, phi3, gemma3_text", Assert.Throws<ModelFormatException>(() => TorchLanguageModel.Load("m", folder)).Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("\"num_attention_heads\": 3, \"num_key_value_heads\": 2, \"head_dim\": 2", "3 attention heads")]
    [InlineData("\"num_attention_heads\": 2, \"head_dim\": 3", "head size 3 is not even")]
    [InlineData("\"num_attention_heads\": 2, \"hidden_act\": \"gelu\"", "gelu")]
    [InlineData("\"num_attention_heads\": 2, \"rope_scaling\": { \"rope_type\": \"yarn\" }", "yarn")]
    public void Load_UnsupportedValue_NamesIt(string values, string named)
    {
        var folder = Directory.CreateTempSubdirectory("agentteams").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "config.json"),
                $$"""{ "model_type": "llama", "vocab_size": 8, "hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "max_position_embeddings": 64, "eos_token_id": 0, {{values}} }""");
            Assert.Contains(named, Assert.Throws<ModelFormatException>(() => TorchLanguageModel.Load("m", folder)).Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, -1)]
    public void Create_OptionOutOfRange_NamesIt(int tokens, int device)
    {
        var error = Assert.Throws<AgentTeamsException>(() => TorchModels.Create(options: TorchModels.Options with { TokensPerMicroBatch = tokens, DeviceIndex = device }));
        Assert.Contains(tokens == 0 ? "TokensPerMicroBatch is 0" : "DeviceIndex is -1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_AfterDispose_SaysSo()
    {
        var model = TorchModels.Create();
        model.Dispose();
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => model.ScoreAsync(model.Base, [TinyModel.Row(1)]).Now());
    }

    [Fact]
    public void Evaluate_RowLongerThanTheModel_SaysSo()
    {
        using var model = TorchModels.Create();
        Assert.Contains("1024 positions", Assert.Throws<AgentTeamsException>(() => model.ScoreAsync(model.Base, [TinyModel.Row(1, prompt: 1030)]).Now()).Message, StringComparison.Ordinal);
        Assert.Contains("The id 999", Assert.Throws<AgentTeamsException>(() => model.ScoreAsync(model.Base, [new TrainingRow { PromptIds = [999], CompletionIds = [1] }]).Now()).Message, StringComparison.Ordinal);
    }

    private sealed class NativeError(string message) : ExternalException(message);
}
