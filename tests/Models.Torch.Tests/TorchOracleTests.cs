namespace AgentTeams.Tests;

public sealed class TorchOracleTests : EngineOracleTests<TestedTorchEngine>
{
    [Fact]
    public void SavePretrained_BFloat16_GivesIdenticalLogits()
    {
        var options = TorchModels.Options with { Precision = TorchPrecision.BFloat16 };
        var copy = Directory.CreateTempSubdirectory("agentteams").FullName;
        try
        {
            using var model = TestedTorchEngine.Load(ModelOracles.PathOf("qwen2"), "model.safetensors", options);
            model.SavePretrained(copy);
            using var loaded = TestedTorchEngine.Load(copy, "model.safetensors", options);
            int[] ids = [5, 9, 33, 7];
            Assert.Equal(model.Logits(model.Base, ids), loaded.Logits(loaded.Base, ids));
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }
}
