using System.Text.Json;
using static AgentTeams.Tests.ModelOracles;

namespace AgentTeams.Tests;

/// <summary>Mistral, Phi-3 and Gemma 3 against numbers that <c>tests/oracles/make_families.py</c> computed for tiny checkpoints.</summary>
public sealed class FamilyOracleTests
{
    public static TheoryData<string> Cases => ["mistral-full", "mistral-window", "phi3-partial", "phi3-window", "gemma3", "gemma3-linear"];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Logits_OfEveryPosition_MatchPyTorch(string name)
    {
        using var family = new Family(name);
        var logits = family.Rows.SelectMany(row => family.Model.Logits(family.Model.Base, row));
        Assert.InRange(MaxDifference(logits, family.Tensors["logits"].Values), 0, 1e-4f);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Accumulate_MaskedLoss_LossAndGradientsMatchPyTorch(string name)
    {
        using var family = new Family(name);
        var loss = family.Model.AccumulateAsync(family.Model.Base, family.TrainingRows, new NegativeLogLikelihood()).Now();
        Assert.InRange(Math.Abs(loss.Loss - family.Numbers("losses")[0]), 0, 1e-5);
        var parameters = family.Model.ParametersOf(family.Model.Base);
        foreach (var view in parameters.Views)
        {
            var expected = family.Tensors["gradient." + view.Name].Values;
            var difference = MaxDifference(parameters.GradientsAt(view.Offset, view.Count).ToArray(), expected);
            Assert.True(difference <= 1e-4f * expected.Max(MathF.Abs), $"{view.Name}: {difference} against {expected.Max(MathF.Abs)}");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Apply_StepsOfAdamW_MatchPyTorch(string name)
    {
        using var family = new Family(name);
        var (losses, norms) = (family.Numbers("losses"), family.Numbers("gradient_norms"));
        for (var step = 0; step < norms.Length; step++)
        {
            var loss = family.Model.AccumulateAsync(family.Model.Base, family.TrainingRows, new NegativeLogLikelihood()).Now();
            var report = family.Model.ApplyAsync(family.Model.Base, family.Optimizer).Now();
            Assert.InRange(Math.Abs(loss.Loss - losses[step]), 0, 1e-4);
            Assert.InRange(Math.Abs(report.GradientNorm - norms[step]), 0, 1e-3);
        }

        var parameters = family.Model.ParametersOf(family.Model.Base);
        foreach (var view in parameters.Views)
            Assert.InRange(MaxDifference(parameters.ValuesOf(view).ToArray(), family.Tensors["adamw." + view.Name].Values), 0, 1e-5f);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Sampling_Greedy_GivesPyTorchsTokens(string name)
    {
        using var family = new Family(name);
        var expected = family.Ids("greedy_tokens")[0];
        var result = await TinyModel.Generate(family.Model, family.Model.Base, family.Ids("greedy_prompt")[0], expected.Length, temperature: 0, stop: []);
        Assert.Equal(expected, result.Ids);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void SavePretrained_ThenLoad_GivesIdenticalLogits(string name)
    {
        using var family = new Family(name);
        var copy = Directory.CreateTempSubdirectory("agentteams").FullName;
        try
        {
            family.Model.SavePretrained(copy);
            using var loaded = CpuLanguageModel.FromWeights("copy", CpuEngine.ReadWeights(copy, "model.safetensors"), family.Model.Tokenizer, family.Model.Template);
            Assert.Equal(family.Rows.SelectMany(r => family.Model.Logits(family.Model.Base, r)), family.Rows.SelectMany(r => loaded.Logits(loaded.Base, r)));
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Sampling_RecordedLogProbs_AreThoseOfTraining(string name)
    {
        using var family = new Family(name);
        var prompt = family.Ids("greedy_prompt")[0];
        var result = await TinyModel.Generate(family.Model, family.Model.Base, prompt, 12, temperature: 1, stop: []);
        var scores = family.Model.ScoreAsync(family.Model.Base, [new() { PromptIds = prompt, CompletionIds = [.. result.Ids] }]).Now();
        Assert.Equal(result.LogProbs, scores[0].LogProbs);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Accumulate_WithGradientCheckpointing_GivesTheSameBits(string name)
    {
        using var kept = new Family(name);
        using var recomputed = new Family(name, new() { GradientCheckpointing = true, Threads = 1 });
        foreach (var family in new[] { kept, recomputed }) family.Model.AccumulateAsync(family.Model.Base, family.TrainingRows, new NegativeLogLikelihood()).Now();
        Assert.Equal(kept.Model.ParametersOf(kept.Model.Base).GradientSpan.ToArray(), recomputed.Model.ParametersOf(recomputed.Model.Base).GradientSpan.ToArray());
    }

    [Theory]
    [InlineData("phi3-longrope-short", "longrope")]
    [InlineData("phi3-longrope-long", "longrope")]
    public void Load_LongRope_IsRefusedByName(string name, string named) =>
        Assert.Contains(named, Assert.Throws<ModelFormatException>(() => ModelConfig.Load(Path.Combine(Family.PathOf(name), "config.json"))).Message, StringComparison.Ordinal);

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
            var config = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(Path.Combine(Family.PathOf(name), "config.json")))!;
            config[setting] = System.Text.Json.Nodes.JsonNode.Parse(value);
            File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
            Assert.Contains(setting, Assert.Throws<ModelFormatException>(() => ModelConfig.Load(Path.Combine(folder, "config.json"))).Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void AddAdapter_OnFusedProjections_NamesThoseThatCanBeTargeted()
    {
        using var family = new Family("phi3-partial");
        Assert.Contains("o_proj, down_proj", Assert.Throws<AgentTeamsException>(() => family.Model.AddAdapter("a", new SeedKey(1), new())).Message, StringComparison.Ordinal);
        Assert.Contains(family.Model.AddAdapter("b", new SeedKey(1)), family.Model.Policies);
    }

    private sealed class Family : IDisposable
    {
        private readonly JsonElement _oracle;

        public Family(string name, CpuModelOptions? options = null)
        {
            Model = CpuLanguageModel.FromWeights(name, CpuEngine.ReadWeights(PathOf(name), "model.safetensors"), TinyModel.Tokenizer(0), new MinimalChatTemplate(), options);
            Tensors = SafeTensors.Read(Path.Combine(PathOf(name), "oracle.safetensors"));
            _oracle = JsonElement.Parse(File.ReadAllText(Path.Combine(PathOf(name), "oracle.json")));
        }

        public LocalLanguageModel Model { get; }

        public IReadOnlyDictionary<string, SafeTensor> Tensors { get; }

        public int[][] Rows => Ids("input_ids");

        public AdamWOptions Optimizer
        {
            get
            {
                var a = _oracle.GetProperty("adamw");
                double Of(string name) => a.GetProperty(name).GetDouble();
                return new() { LearningRate = Of("lr"), Beta1 = Of("beta1"), Beta2 = Of("beta2"), Epsilon = Of("eps"), WeightDecay = Of("weight_decay"), MaxGradientNorm = Of("max_gradient_norm") };
            }
        }

        /// <summary>All tokens but the first of a row, weighted by the mask.</summary>
        public List<TrainingRow> TrainingRows
        {
            get
            {
                var mask = Ids("loss_mask");
                var count = mask.Sum(m => m.Sum());
                return [.. Rows.Select((row, i) => new TrainingRow { PromptIds = [row[0]], CompletionIds = row[1..], Weights = [.. mask[i][1..].Select(m => (float)m / count)] })];
            }
        }

        public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "oracles", "families", name);

        public int[][] Ids(string name) => _oracle.GetProperty(name).Deserialize<int[][]>()!;

        public double[] Numbers(string name) => _oracle.GetProperty(name).Deserialize<double[]>()!;

        public void Dispose() => Model.Dispose();
    }
}
