using static AgentTeams.Tests.ModelOracles;

namespace AgentTeams.Tests;

/// <summary>An engine against numbers that PyTorch computed for the same tiny checkpoints: one set of tests for every engine.</summary>
public abstract class EngineOracleTests<TEngine>
    where TEngine : ITestedEngine
{
    public static TheoryData<string> Cases => [.. TEngine.Computed];

    public static TheoryData<string, bool> Trainings
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (var name in TEngine.Computed)
            {
                data.Add(name, false);
                data.Add(name, true);
            }

            return data;
        }
    }

    [Fact]
    public void Load_EveryCase_IsComputedOrRefusedByName()
    {
        Assert.Equal(Names.Order(), TEngine.Computed.Concat(TEngine.Refused.Select(r => r.Case)).Order());
        Assert.All(TEngine.Refused, refused =>
            Assert.Contains(refused.Named, Assert.Throws<ModelFormatException>(() => OracleCase.Of<TEngine>(refused.Case)).Message, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Logits_OfEveryPosition_MatchPyTorch(string name)
    {
        using var oracle = OracleCase.Of<TEngine>(name);
        Assert.InRange(MaxDifference(oracle.Logits(), oracle.Tensor("logits")), 0, 1e-4f);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Logits_OfBFloat16Weights_MatchPyTorch(string name)
    {
        using var oracle = OracleCase.Of<TEngine>(name, "model-bf16.safetensors");
        Assert.InRange(MaxDifference(oracle.Logits(), oracle.Tensor("logits_bf16")), 0, 1e-4f);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void MergeAdapter_Logits_MatchPyTorchAndUnmergeRestores(string name)
    {
        using var oracle = OracleCase.Of<TEngine>(name);
        var before = oracle.Logits();
        var adapter = oracle.Model.LoadAdapter("a", oracle.Folder);
        Assert.InRange(MaxDifference(oracle.Logits(adapter), oracle.Tensor("logits_adapter")), 0, 1e-4f);
        oracle.Model.MergeAdapter(adapter);
        Assert.InRange(MaxDifference(oracle.Logits(), oracle.Tensor("logits_adapter")), 0, 1e-4f);
        oracle.Model.UnmergeAdapter(adapter);
        Assert.InRange(MaxDifference(oracle.Logits(), before), 0, 1e-4f);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Score_TokenLogProbs_MatchPyTorch(string name)
    {
        using var oracle = OracleCase.Of<TEngine>(name);
        var scores = oracle.Model.ScoreAsync(oracle.Model.Base, oracle.TrainingRows).Now();
        Assert.InRange(MaxDifference(scores.SelectMany(s => s.LogProbs), oracle.Tensor("token_logprobs")), 0, 1e-5f);
    }

    [Theory]
    [MemberData(nameof(Trainings))]
    public void Accumulate_MaskedLoss_LossAndGradientsMatchPyTorch(string name, bool checkpointing)
    {
        using var oracle = OracleCase.Of<TEngine>(name, checkpointing: checkpointing);
        Assert.InRange(Math.Abs(oracle.Accumulate().Loss - oracle.Numbers("losses")[0]), 0, 1e-5);
        foreach (var parameter in TEngine.ParametersOf(oracle.Model))
        {
            var expected = oracle.Tensor("gradient." + parameter.Name);
            var difference = MaxDifference(parameter.Gradient, expected);
            Assert.True(difference <= 1e-4f * expected.Max(MathF.Abs), $"{parameter.Name}: {difference} against {expected.Max(MathF.Abs)}");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Accumulate_WithGradientCheckpointing_GivesTheSameGradient(string name)
    {
        using var kept = OracleCase.Of<TEngine>(name);
        using var recomputed = OracleCase.Of<TEngine>(name, checkpointing: true);
        foreach (var oracle in new[] { kept, recomputed }) oracle.Accumulate();
        foreach (var (a, b) in TEngine.ParametersOf(kept.Model).Zip(TEngine.ParametersOf(recomputed.Model)))
            Assert.InRange(MaxDifference(a.Gradient, b.Gradient), 0, TEngine.Tolerance * a.Gradient.Max(MathF.Abs));
    }

    [Theory]
    [MemberData(nameof(Trainings))]
    public void Apply_StepsOfAdamW_MatchPyTorch(string name, bool checkpointing)
    {
        using var oracle = OracleCase.Of<TEngine>(name, checkpointing: checkpointing);
        var (losses, norms) = (oracle.Numbers("losses"), oracle.Numbers("gradient_norms"));
        for (var step = 0; step < norms.Length; step++)
        {
            Assert.InRange(Math.Abs(oracle.Accumulate().Loss - losses[step]), 0, 1e-5);
            Assert.InRange(Math.Abs(oracle.Model.ApplyAsync(oracle.Model.Base, oracle.Optimizer).Now().GradientNorm - norms[step]), 0, 1e-4);
        }

        foreach (var parameter in TEngine.ParametersOf(oracle.Model))
            Assert.InRange(MaxDifference(parameter.Values, oracle.Tensor("adamw." + parameter.Name)), 0, 1e-5f);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Sampling_Greedy_GivesPyTorchsTokens(string name)
    {
        using var oracle = OracleCase.Of<TEngine>(name);
        var expected = oracle.Ids("greedy_tokens")[0];
        var result = await TinyModel.Generate(oracle.Model, oracle.Model.Base, oracle.Ids("greedy_prompt")[0], expected.Length, temperature: 0, stop: []);
        Assert.Equal(expected, result.Ids);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Sampling_RecordedLogProbs_AreThoseOfTraining(string name)
    {
        using var oracle = OracleCase.Of<TEngine>(name);
        var prompt = oracle.Ids("greedy_prompt")[0];
        var result = await TinyModel.Generate(oracle.Model, oracle.Model.Base, prompt, 12, temperature: 1, stop: []);
        var scores = oracle.Model.ScoreAsync(oracle.Model.Base, [new() { PromptIds = prompt, CompletionIds = [.. result.Ids] }]).Now();
        Assert.InRange(MaxDifference(result.LogProbs, scores[0].LogProbs), 0, TEngine.Tolerance);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void SavePretrained_ThenLoad_GivesIdenticalLogits(string name)
    {
        var copy = Directory.CreateTempSubdirectory("agentteams").FullName;
        try
        {
            using var oracle = OracleCase.Of<TEngine>(name);
            oracle.Model.SavePretrained(copy);
            using var loaded = TEngine.Load(copy, "model.safetensors", checkpointing: false);
            Assert.Equal(oracle.Logits(), oracle.Rows.SelectMany(row => loaded.Logits(loaded.Base, row)));
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }
}
