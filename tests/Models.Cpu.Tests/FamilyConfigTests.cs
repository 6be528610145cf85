using System.Text.Json.Nodes;

namespace AgentTeams.Tests;

public sealed class FamilyConfigTests
{
    [Theory]
    [InlineData("gemma3", "attn_logit_softcapping", "30.0")]
    [InlineData("gemma3", "hidden_activation", "\"gelu\"")]
    [InlineData("gemma3", "layer_types", "[\"chunked_attention\"]")]
    [InlineData("phi3-partial", "resid_pdrop", "0.1")]
    [InlineData("mistral-window", "num_local_experts", "8")]
    public void Load_SettingThatIsNotComputed_IsRefusedByName(string name, string setting, string value)
    {
        var folder = Directory.CreateTempSubdirectory("agentteams").FullName;
        try
        {
            var config = JsonNode.Parse(File.ReadAllText(Path.Combine(ModelOracles.PathOf(name), "config.json")))!;
            config[setting] = JsonNode.Parse(value);
            File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
            Assert.Contains(setting, Assert.Throws<ModelFormatException>(() => ModelConfig.Load(Path.Combine(folder, "config.json"))).Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void All_Families_CannotBeChanged()
    {
        Assert.Contains(ModelFamily.Llama, ModelFamily.All);
        Assert.True(((ICollection<ModelFamily>)ModelFamily.All).IsReadOnly);
    }

    [Fact]
    public void AddAdapter_OnFusedProjections_NamesThoseThatCanBeTargeted()
    {
        using var phi = OracleCase.Of<TestedCpuEngine>("phi3-partial");
        Assert.Contains("o_proj, down_proj", Assert.Throws<AgentTeamsException>(() => phi.Model.AddAdapter("a", new SeedKey(1), new())).Message, StringComparison.Ordinal);
        Assert.Contains(phi.Model.AddAdapter("b", new SeedKey(1)), phi.Model.Policies);
    }
}
