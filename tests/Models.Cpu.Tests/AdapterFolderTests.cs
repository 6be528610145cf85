using System.Text.Json.Nodes;

namespace AgentTeams.Tests;

public sealed class AdapterFolderTests : IDisposable
{
    private static readonly int[] s_ids = [5, 6, 7, 8, 9];
    private readonly string _folder = Directory.CreateTempSubdirectory("agentteams").FullName;
    private readonly LocalLanguageModel _model = TinyModel.Create();

    public void Dispose()
    {
        _model.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void LoadAdapter_RankStabilized_ScalesByAlphaOverTheRootOfTheRank()
    {
        var plain = Adapter("plain", new LoraOptions { Rank = 4, Alpha = 16 });
        Edit("plain", c =>
        {
            c["lora_alpha"] = 8;
            c["use_rslora"] = true;
        });
        Assert.Equal(_model.Logits(plain, s_ids), Logits("plain"));
    }

    [Fact]
    public void LoadAdapter_AlphaPattern_ScalesTheLayersItNames()
    {
        var plain = Adapter("plain", new LoraOptions { Rank = 4 });
        Rewrite("plain", t => t.Name.Contains("layers.1.self_attn.q_proj.lora_B", StringComparison.Ordinal) ? t with { Values = [.. t.Values.Select(v => v / 2)] } : t);
        Edit("plain", c => c["alpha_pattern"] = new JsonObject { ["layers.1.self_attn.q_proj"] = 32, ["q_proj"] = 16 });
        Assert.Equal(_model.Logits(plain, s_ids), Logits("plain"));
    }

    [Theory]
    [InlineData("layers.1.self.attn.q.proj")]
    [InlineData("model.layers...self_attn.q_proj")]
    public void LoadAdapter_AlphaPatternWithDotsForOtherCharacters_MatchesAsInPeft(string key)
    {
        var plain = Adapter("plain", new LoraOptions { Rank = 4 });
        Copy("plain", "named");
        Edit("plain", c => c["alpha_pattern"] = new JsonObject { [key] = 32 });
        var names = key.Contains('1', StringComparison.Ordinal) ? (string[])["layers.1.self_attn.q_proj"] : ["q_proj"];
        Edit("named", c => c["alpha_pattern"] = new JsonObject(names.Select(n => KeyValuePair.Create(n, (JsonNode?)32))));
        var scaled = Logits("plain");
        Assert.Equal(Logits("named"), scaled);
        Assert.NotEqual(_model.Logits(plain, s_ids), scaled);
    }

    [Fact]
    public void Load_CheckpointWithTargetsInAnotherOrder_IsTheSameAdapter()
    {
        var a = Adapter("a", new LoraOptions { TargetModules = ["v_proj", "q_proj", "down_proj"] });
        _model.SaveAsync(_folder).Now();
        using var other = TinyModel.Create();
        var same = other.AddAdapter("a", new SeedKey(1), new LoraOptions { TargetModules = ["q_proj", "down_proj", "v_proj"] });
        other.LoadAsync(_folder).Now();
        Assert.Equal(_model.Logits(a, s_ids), other.Logits(same, s_ids));
    }

    [Fact]
    public void RankPattern_LoadedTrainedAndMerged_EqualsAnAdapterWhoseOtherRanksAreZero()
    {
        // Zero columns and rows stay zero in training, so this adapter computes what the narrow one does. Only the order of sums is the same too.
        var wide = Adapter("wide", new LoraOptions { Rank = 4, Alpha = 4, AlphaPattern = [new("down_proj", 8)] }, IsOutside);
        Copy("wide", "narrow");
        Rewrite("narrow", t => !t.Name.Contains("down_proj", StringComparison.Ordinal) ? t : t.Name.Contains("lora_A", StringComparison.Ordinal)
            ? t with { Shape = [2, t.Shape[1]], Values = t.Values[..(2 * t.Shape[1])] }
            : t with { Shape = [t.Shape[0], 2], Values = [.. t.Values.Where((_, i) => i % 4 < 2)] });
        Edit("narrow", c =>
        {
            c["rank_pattern"] = new JsonObject { ["mlp.down_proj"] = 2 };
            c["alpha_pattern"] = new JsonObject { ["down_proj"] = 4 };
        });
        var narrow = _model.LoadAdapter("narrow-loaded", Path.Combine(_folder, "narrow"));
        foreach (var policy in (PolicyId[])[wide, narrow])
        {
            for (var step = 0; step < 2; step++)
            {
                _model.AccumulateAsync(policy, [TinyModel.Row(7), TinyModel.Row(8, 9, 12), TinyModel.Row(9, 3, 40)], new NegativeLogLikelihood()).Now();
                _model.ApplyAsync(policy, new AdamWOptions { LearningRate = 0.01 }).Now();
            }
        }

        var trained = _model.Logits(wide, s_ids);
        Assert.Equal(trained, _model.Logits(narrow, s_ids));
        Assert.NotEqual(_model.Logits(_model.Base, s_ids), trained);

        _model.SaveAdapter(narrow, Path.Combine(_folder, "again"));
        Assert.Equal(trained, Logits("again"));
        _model.MergeAdapter(narrow);
        Assert.True(ModelOracles.MaxDifference(trained, _model.Logits(_model.Base, s_ids)) < 1e-4);
    }

    [Fact]
    public async Task RankPattern_SampledBesideOtherAdapters_GivesTheSameAsAlone()
    {
        var policies = new[]
        {
            Adapter("a", new LoraOptions { Rank = 2, RankPattern = [new("k_proj", 5), new("layers.1.mlp.up_proj", 1)] }), Adapter("b", new LoraOptions { Rank = 6 }), _model.Base,
        };
        List<int[]> alone = [];
        foreach (var policy in policies) alone.Add((await TinyModel.Generate(_model, policy, s_ids, 20, 1, [], seed: 3)).Ids);
        var together = await Task.WhenAll(policies.Concat(policies).Select(p => TinyModel.Generate(_model, p, s_ids, 20, 1, [], seed: 3)));
        Assert.Equal([.. alone, .. alone], together.Select(r => r.Ids));
    }

    [Fact]
    public void LoadAdapter_TargetsAllLinear_AdaptsEveryLinearLayer()
    {
        var plain = Adapter("plain", new LoraOptions());
        Edit("plain", c => c["target_modules"] = "all-linear");
        Assert.Equal(_model.Logits(plain, s_ids), Logits("plain"));
    }

    [Theory]
    [InlineData("use_dora", "true")]
    [InlineData("peft_type", "\"LOHA\"")]
    [InlineData("lora_bias", "true")]
    [InlineData("bias", "\"all\"")]
    [InlineData("bias", "\"lora_only\"")]
    [InlineData("fan_in_fan_out", "true")]
    [InlineData("trainable_token_indices", "[3, 4]")]
    [InlineData("modules_to_save", "[\"lm_head\"]")]
    [InlineData("layers_to_transform", "[0]")]
    [InlineData("exclude_modules", "[\"q_proj\"]")]
    [InlineData("layer_replication", "[[0, 2]]")]
    [InlineData("init_lora_weights", "\"pissa\"")]
    [InlineData("target_modules", "\".*q_proj\"")]
    [InlineData("rank_pattern", "{\"^model.*q_proj\": 2}")]
    [InlineData("task_type", "\"SEQ_CLS\"")]
    [InlineData("a_setting_of_tomorrow", "0.5")]
    public void LoadAdapter_SettingThatIsNotApplied_IsRefusedByName(string key, string value)
    {
        Adapter("plain", new LoraOptions());
        Edit("plain", c => c[key] = JsonNode.Parse(value));
        var error = Assert.ThrowsAny<AgentTeamsException>(() => Logits("plain"));
        Assert.Contains(key == "rank_pattern" ? "pattern '^model" : key, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LoadAdapter_WithAllDefaultsThatPeftWrites_Loads()
    {
        var plain = Adapter("plain", new LoraOptions());
        Edit("plain", c =>
        {
            foreach (var key in (string[])["auto_mapping", "corda_config", "eva_config", "exclude_modules", "layer_replication", "layers_pattern", "layers_to_transform", "megatron_config", "modules_to_save", "revision", "trainable_token_indices", "a_setting_of_tomorrow"]) c[key] = null;
            foreach (var key in (string[])["use_dora", "use_qalora", "use_rslora", "lora_bias"]) c[key] = false;
            (c["alpha_pattern"], c["rank_pattern"], c["loftq_config"]) = (new JsonObject(), new JsonObject(), new JsonObject());
            (c["inference_mode"], c["init_lora_weights"], c["megatron_core"], c["lora_dropout"]) = (true, true, "megatron.core", 0.05);
        });
        Assert.Equal(_model.Logits(plain, s_ids), Logits("plain"));
    }

    [Theory]
    [InlineData("base_model.model.model.layers.0.self_attn.q_proj.lora_magnitude_vector")]
    [InlineData("base_model.model.lm_head.weight")]
    [InlineData("base_model.model.model.layers.0.self_attn.v_proj.lora_A.weight")]
    public void LoadAdapter_TensorThatIsNotRead_IsRefusedByName(string name)
    {
        Adapter("plain", new LoraOptions { TargetModules = ["q_proj"] });
        var path = Path.Combine(_folder, "plain", "adapter_model.safetensors");
        SafeTensors.Write(path, [.. SafeTensors.Read(path).Values, new SafeTensor(name, [2], [1, 2])]);
        Assert.Contains(name, Assert.Throws<ModelFormatException>(() => Logits("plain")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_CheckpointWhoseAdapterIsScaledDifferently_IsRefused()
    {
        Adapter("a", new LoraOptions { Alpha = 16 });
        _model.SaveAsync(_folder).Now();
        using var other = TinyModel.Create();
        other.AddAdapter("a", new SeedKey(1), new LoraOptions { Alpha = 32 });
        Assert.Contains("another kind", Assert.Throws<ModelFormatException>(() => other.LoadAsync(_folder).Now()).Message, StringComparison.Ordinal);
    }

    private static bool IsOutside(string name, int index, int width) =>
        name.Contains("down_proj", StringComparison.Ordinal) && (name.Contains("lora_A", StringComparison.Ordinal) ? index / width >= 2 : index % width >= 2);

    // An adapter whose factors are all random, save for the values that are to be zero.
    private PolicyId Adapter(string name, LoraOptions options, Func<string, int, int, bool>? isZero = null)
    {
        using var source = TinyModel.Create();
        source.SaveAdapter(source.AddAdapter(name, new SeedKey(1), options), Path.Combine(_folder, name));
        var random = new Random(5);
        Rewrite(name, t => t with { Values = [.. t.Values.Select((_, i) => isZero?.Invoke(t.Name, i, t.Shape[1]) is true ? 0 : random.NextSingle() - 0.5f)] });
        return _model.LoadAdapter(name, Path.Combine(_folder, name));
    }

    private float[] Logits(string folder) => _model.Logits(_model.LoadAdapter("loaded-" + folder, Path.Combine(_folder, folder)), s_ids);

    private void Copy(string from, string to)
    {
        Directory.CreateDirectory(Path.Combine(_folder, to));
        foreach (var file in Directory.EnumerateFiles(Path.Combine(_folder, from))) File.Copy(file, Path.Combine(_folder, to, Path.GetFileName(file)));
    }

    private void Edit(string folder, Action<JsonObject> edit)
    {
        var path = Path.Combine(_folder, folder, "adapter_config.json");
        var config = JsonNode.Parse(File.ReadAllBytes(path))!.AsObject();
        edit(config);
        File.WriteAllText(path, config.ToJsonString());
    }

    private void Rewrite(string folder, Func<SafeTensor, SafeTensor> change)
    {
        var path = Path.Combine(_folder, folder, "adapter_model.safetensors");
        SafeTensors.Write(path, SafeTensors.Read(path).Values.Select(change));
    }
}
