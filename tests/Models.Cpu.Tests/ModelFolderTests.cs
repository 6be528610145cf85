using System.Text.Json.Nodes;

namespace AgentTeams.Tests;

public sealed class ModelFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("agentteams").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("model.layers.0.self_attn.q_proj.bias")]
    [InlineData("model.layers.2.mlp.up_proj.weight")]
    [InlineData("model.layers.0.self_attn.q_norm.weight")]
    [InlineData("score.weight")]
    public void Load_TensorThatTheConfigurationDenies_IsRefusedByName(string name)
    {
        Save();
        AddTensor(name, [4]);
        Assert.Contains($"'{name}'", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_StoredRotaryFrequencies_AreLeftAlone()
    {
        Save();
        AddTensor("model.layers.0.self_attn.rotary_emb.inv_freq", [6]);
        using var loaded = CpuLanguageModel.Load("tiny", _folder);
    }

    [Fact]
    public void Load_TiedModelThatStoresItsHead_IsLoadedOnlyIfTheHeadIsTheEmbeddings()
    {
        Save(tied: true);
        var embeddings = Tensors()["model.embed_tokens.weight"];
        Write([.. Tensors().Values, embeddings with { Name = "lm_head.weight" }]);
        using (CpuLanguageModel.Load("tiny", _folder))
        {
        }

        Write([.. Tensors().Values.Where(t => t.Name != "lm_head.weight"), embeddings with { Name = "lm_head.weight", Values = [.. embeddings.Values.Select(v => v + 1)] }]);
        Assert.Contains("tied embeddings, from which it differs", Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rope_parameters", """{"rope_type": "default", "rope_theta": 10000, "factor": 4}""", "factor")]
    [InlineData("rope_parameters", """{"rope_type": "default", "partial_rotary_factor": 0.5}""", "partial_rotary_factor")]
    [InlineData("rope_scaling", """{"rope_type": "default", "mrope_section": [2, 2, 2]}""", "mrope_section")]
    [InlineData("rope_scaling", """{"rope_type": "default", "type": "linear"}""", "type")]
    [InlineData("rope_scaling", """{"rope_type": "llama3", "factor": 2, "low_freq_factor": 1, "high_freq_factor": 4, "original_max_position_embeddings": 64, "attention_factor": 1.5}""", "attention_factor")]
    [InlineData("rope_parameters", """{"full_attention": {"rope_theta": 5000}}""", "full_attention")]
    [InlineData("auto_map", """{"AutoModelForCausalLM": "modeling.Other"}""", "auto_map")]
    [InlineData("architectures", """["LlamaForSequenceClassification"]""", "architectures")]
    [InlineData("a_setting_of_tomorrow", "0.5", "a_setting_of_tomorrow")]
    public void Load_SettingThatIsNotApplied_IsRefusedByName(string key, string value, string named)
    {
        Save();
        Edit(key, value);
        Assert.Contains($"'{named}'", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_TwoRotarySettingsThatDiffer_IsRefused()
    {
        Save();
        Edit("rope_parameters", """{"rope_type": "default", "rope_theta": 10000}""");
        Edit("rope_scaling", """{"rope_type": "default", "rope_theta": 500000}""");
        Assert.Contains("another 'rope_scaling'", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ShardWithATensorThatTheIndexDoesNotName_IsRefused()
    {
        Save();
        var tensors = Tensors();
        SafeTensors.Write(Path.Combine(_folder, "shard.safetensors"), tensors.Values.Append(new SafeTensor("model.layers.7.mlp.up_proj.weight", [1], [1])));
        File.Delete(Path.Combine(_folder, "model.safetensors"));
        var map = new JsonObject(tensors.Keys.Select(k => KeyValuePair.Create(k, (JsonNode?)"shard.safetensors")));
        File.WriteAllText(Path.Combine(_folder, "model.safetensors.index.json"), new JsonObject { ["weight_map"] = map }.ToJsonString());
        Assert.Contains("'model.layers.7.mlp.up_proj.weight'", Refusal(), StringComparison.Ordinal);
    }

    private string Refusal() => Assert.Throws<ModelFormatException>(() => CpuLanguageModel.Load("tiny", _folder)).Message;

    private void Save(bool tied = false)
    {
        using var model = TinyModel.Create(tied: tied);
        model.SavePretrained(_folder);
    }

    private IReadOnlyDictionary<string, SafeTensor> Tensors() => SafeTensors.Read(Path.Combine(_folder, "model.safetensors"));

    private void Write(IEnumerable<SafeTensor> tensors) => SafeTensors.Write(Path.Combine(_folder, "model.safetensors"), tensors);

    private void AddTensor(string name, int[] shape) => Write([.. Tensors().Values, new SafeTensor(name, shape, new float[shape[0]])]);

    private void Edit(string key, string value)
    {
        var path = Path.Combine(_folder, "config.json");
        var config = JsonNode.Parse(File.ReadAllBytes(path))!.AsObject();
        config[key] = JsonNode.Parse(value);
        File.WriteAllText(path, config.ToJsonString());
    }
}
