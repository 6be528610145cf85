namespace AgentTeams.Tests;

public sealed class GgufExportTests : IDisposable
{
    private static readonly int[] s_ids = [5, 6, 7, 8, 9];
    private readonly string _folder = Directory.CreateTempSubdirectory("agentteams-gguf-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(GgufType.F32)]
    [InlineData(GgufType.F16)]
    [InlineData(GgufType.Q8_0)]
    public void ExportGguf_EachType_LaysTensorsOneBehindTheOtherOnMultiplesOf32(GgufType type)
    {
        using var model = TinyModel.Create();
        var file = Export(model, new() { Type = type });
        var offset = 0L;
        foreach (var tensor in file.Tensors.Values)
        {
            Assert.Equal(offset, tensor.Offset);
            offset = GgufFile.Align(offset + tensor.Bytes);
        }

        Assert.Equal(file.DataStart + offset, file.Length);
        Assert.All(file.Tensors.Where(t => t.Value.Shape.Length == 1), t => Assert.Equal(0, t.Value.Type));
        Assert.Equal(type switch { GgufType.F32 => 0, GgufType.F16 => 1, _ => 8 }, file.Tensors["token_embd.weight"].Type);
        // 44 values are no whole number of blocks.
        Assert.Equal(type == GgufType.F32 ? 0 : 1, file.Tensors["blk.1.ffn_down.weight"].Type);
        Assert.Equal([44, 32], file.Tensors["blk.1.ffn_down.weight"].Shape);
    }

    [Fact]
    public void ExportGguf_Settings_SayWhatTheModelIs()
    {
        using var model = Model(ModelFamily.Qwen3, c => c with { RopeTheta = 1_000_000, RmsNormEpsilon = 1e-6f, VocabularySize = c.VocabularySize + 2, RopeScaling = new() { Factor = 4 } });
        var settings = Export(model, new() { Type = GgufType.Q8_0 }).Settings;
        var expected = new Dictionary<string, object>
        {
            ["general.architecture"] = "qwen3", ["general.name"] = "tiny", ["general.alignment"] = 32u, ["general.file_type"] = 7u, ["general.quantization_version"] = 2u,
            ["qwen3.vocab_size"] = (uint)model.Config.VocabularySize, ["qwen3.context_length"] = 128u, ["qwen3.embedding_length"] = 32u, ["qwen3.block_count"] = 2u, ["qwen3.feed_forward_length"] = 44u,
            ["qwen3.attention.head_count"] = 4u, ["qwen3.attention.head_count_kv"] = 2u, ["qwen3.attention.key_length"] = 12u, ["qwen3.attention.value_length"] = 12u,
            ["qwen3.attention.layer_norm_rms_epsilon"] = 1e-6f, ["qwen3.rope.dimension_count"] = 12u, ["qwen3.rope.freq_base"] = 1_000_000f,
            ["qwen3.rope.scaling.type"] = "linear", ["qwen3.rope.scaling.factor"] = 4f,
            ["tokenizer.ggml.model"] = "gpt2", ["tokenizer.ggml.pre"] = "qwen2", ["tokenizer.ggml.bos_token_id"] = 0u, ["tokenizer.ggml.eos_token_id"] = 0u,
            ["tokenizer.ggml.padding_token_id"] = 0u, ["tokenizer.ggml.add_bos_token"] = false,
        };
        Assert.Equal(expected, settings.Where(s => s.Value is not Array && s.Key != "tokenizer.chat_template").ToDictionary());
    }

    [Fact]
    public void ExportGguf_Tokens_AreThoseOfTheTokenizerThenUnused()
    {
        using var model = Model(ModelFamily.Llama, c => c with { VocabularySize = c.VocabularySize + 2 });
        var settings = Export(model).Settings;
        var (tokens, types, merges) = ((object[])settings["tokenizer.ggml.tokens"], (object[])settings["tokenizer.ggml.token_type"], (object[])settings["tokenizer.ggml.merges"]);
        var known = model.Tokenizer.VocabularySize;
        Assert.Equal(known + 2, tokens.Distinct().Count());
        Assert.Equal(MinimalChatTemplate.SpecialTokens, tokens[..3]);
        Assert.Equal(Enumerable.Repeat((object)3, 3), types[..3]);
        Assert.All(types[3..known], t => Assert.Equal(1, t));
        Assert.Equal([5, 5], types[known..]);
        Assert.Equal(known - 3 - 256, merges.Length);
        Assert.All(merges, m => Assert.Contains(((string)m).Replace(" ", "", StringComparison.Ordinal), tokens));
    }

    [Fact]
    public void ExportGguf_Llama_MakesRotaryPairsNeighbours()
    {
        using var model = Model(ModelFamily.Llama, c => c with { AttentionBias = true });
        var (file, own) = (Export(model), Own(model));
        AssertPaired(own["model.layers.1.self_attn.q_proj.weight"].Values, file.Values["blk.1.attn_q.weight"], heads: 4, width: 32);
        AssertPaired(own["model.layers.1.self_attn.k_proj.weight"].Values, file.Values["blk.1.attn_k.weight"], heads: 2, width: 32);
        AssertPaired(own["model.layers.0.self_attn.q_proj.bias"].Values, file.Values["blk.0.attn_q.bias"], heads: 4, width: 1);
        AssertPaired(own["model.layers.0.self_attn.k_proj.bias"].Values, file.Values["blk.0.attn_k.bias"], heads: 2, width: 1);
        Assert.Equal(own["model.layers.1.self_attn.v_proj.weight"].Values, file.Values["blk.1.attn_v.weight"]);
        Assert.Equal(own["model.layers.1.self_attn.o_proj.bias"].Values, file.Values["blk.1.attn_output.bias"]);
    }

    [Theory]
    [InlineData("qwen2")]
    [InlineData("qwen3")]
    public void ExportGguf_OtherFamilies_LeaveEveryRowInItsPlace(string family)
    {
        using var model = Model(ModelFamily.All.Single(f => f.Name == family), c => c with { HeadSize = 8 });
        var (file, own) = (Export(model), Own(model));
        Assert.Equal(own.Count, file.Tensors.Count);
        foreach (var part in (string[])["q_proj.weight", "k_proj.weight", .. family == "qwen2" ? (string[])["q_proj.bias", "k_proj.bias"] : ["q_norm.weight", "k_norm.weight"]])
            Assert.Equal(own[$"model.layers.1.self_attn.{part}"].Values, file.Values[$"blk.1.attn_{part.Replace("_proj", "", StringComparison.Ordinal)}"]);
    }

    [Fact]
    public void ExportGguf_TiedEmbeddings_HasNoOutputOfItsOwn()
    {
        using var tied = TinyModel.Create(tied: true);
        Assert.DoesNotContain("output.weight", Export(tied).Tensors.Keys);
        using var untied = TinyModel.Create();
        Assert.Contains("output.weight", Export(untied).Tensors.Keys);
    }

    [Fact]
    public void ExportGguf_EightBits_ErrIsHalfAStepOfEachBlockAtMost()
    {
        using var model = TinyModel.Create();
        var (file, own) = (Export(model, new() { Type = GgufType.Q8_0 }), Own(model)["model.embed_tokens.weight"].Values);
        var stored = file.Values["token_embd.weight"];
        foreach (var block in Enumerable.Range(0, own.Length).Chunk(32))
        {
            var step = block.Max(i => Math.Abs(own[i])) / 127;
            // The scale itself is rounded to 11 bits, which up to 127 steps multiply.
            Assert.All(block, i => Assert.InRange(Math.Abs(own[i] - stored[i]), 0, step * (0.5f + 127f / 2048)));
        }
    }

    [Fact]
    public void ExportGguf_SixteenBits_RoundsToTheNearest()
    {
        using var model = TinyModel.Create();
        Assert.Equal(Own(model)["model.embed_tokens.weight"].Values.Select(v => (float)(Half)v), Export(model, new() { Type = GgufType.F16 }).Values["token_embd.weight"]);
    }

    [Fact]
    public void ExportGguf_WeightsInBFloat16_AreWidenedExactly()
    {
        using (var plain = TinyModel.Create()) plain.SavePretrained(_folder);
        var path = Path.Combine(_folder, "model.safetensors");
        SafeTensorsWriter.Write(path, [.. SafeTensors.Read(path).Values.Select(t => SafeTensorSource.Of(t.Name, t.Shape, t.Values, SafeTensorTypes.BFloat16))]);
        using var model = CpuLanguageModel.Load("tiny", _folder);
        Assert.Equal("cpu BFloat16", model.Device);
        Assert.Equal(SafeTensors.Read(path)["model.layers.0.mlp.up_proj.weight"].Values, Export(model).Values["blk.0.ffn_up.weight"]);
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("qwen3")]
    public void ExportGguf_Adapter_WritesWhatMergingGivesAndLeavesTheModelAlone(string family)
    {
        using var model = Model(ModelFamily.All.Single(f => f.Name == family));
        var adapter = model.AddAdapter("a", new SeedKey(1), new LoraOptions { Rank = 3, AlphaPattern = [new("down_proj", 2)] });
        model.AccumulateAsync(adapter, [TinyModel.Row(7)], new NegativeLogLikelihood()).Now();
        model.ApplyAsync(adapter, new AdamWOptions { LearningRate = 0.1 }).Now();
        var (plain, before) = (Export(model), model.Logits(model.Base, s_ids));
        var merged = Export(model, new() { Type = GgufType.F32, Policy = adapter });
        Assert.Equal("tiny+a", merged.Settings["general.name"]);
        Assert.Equal(before, model.Logits(model.Base, s_ids));

        model.MergeAdapter(adapter);
        var expected = Export(model);
        Assert.Equal(expected.Values, merged.Values);
        Assert.NotEqual(plain.Values["blk.1.ffn_down.weight"], merged.Values["blk.1.ffn_down.weight"]);
    }

    [Fact]
    public void ExportGguf_RopeOfLlama3_WritesAFactorForEachFrequency()
    {
        var bands = new RopeBands { LowFrequencyFactor = 1, HighFrequencyFactor = 4, OriginalMaxPositions = 64 };
        using var model = Model(ModelFamily.Llama, c => c with { RopeScaling = new() { Factor = 8, Bands = bands } });
        var factors = Export(model).Values["rope_freqs.weight"];
        Assert.Equal(6, factors.Length);
        // The fastest frequency stays and the slowest is slowed in full.
        Assert.Equal(1, factors[0]);
        Assert.Equal(8, factors[^1], 1e-4);
    }

    private static LocalLanguageModel Model(ModelFamily family, Func<ModelConfig, ModelConfig>? change = null)
    {
        var tokenizer = TinyModel.Tokenizer(280);
        var config = TinyModel.Config(tokenizer.VocabularySize) with { Family = family };
        return CpuLanguageModel.Create(new() { Id = "tiny", Config = change?.Invoke(config) ?? config, Tokenizer = tokenizer, Template = new MinimalChatTemplate(), Seed = new SeedKey(1) });
    }

    private static void AssertPaired(float[] own, float[] stored, int heads, int width)
    {
        var half = own.Length / heads / width / 2;
        for (var head = 0; head < heads; head++)
        {
            for (var i = 0; i < 2 * half; i++)
            {
                var row = (head * 2 * half) + (i % 2 * half) + (i / 2);
                Assert.Equal(own.AsSpan(row * width, width).ToArray(), stored.AsSpan(((head * 2 * half) + i) * width, width).ToArray());
            }
        }
    }

    private IReadOnlyDictionary<string, SafeTensor> Own(LocalLanguageModel model)
    {
        var folder = Path.Combine(_folder, "own");
        model.SavePretrained(folder);
        return SafeTensors.Read(Path.Combine(folder, "model.safetensors"));
    }

    private GgufFile Export(LocalLanguageModel model, GgufOptions? options = null)
    {
        var path = Path.Combine(_folder, "exported", "model.gguf");
        model.ExportGguf(path, options ?? new() { Type = GgufType.F32 });
        return new(path);
    }
}
