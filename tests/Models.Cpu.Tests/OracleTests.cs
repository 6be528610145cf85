using static AgentTeams.Tests.ModelOracles;

namespace AgentTeams.Tests;

/// <summary>The CPU engine against numbers that PyTorch computed for the same tiny checkpoints.</summary>
public sealed class OracleTests
{
    private static LocalLanguageModel Load(string folder, string file = "model.safetensors") =>
        CpuLanguageModel.FromWeights("tiny", CpuEngine.ReadWeights(PathOf(folder), file), TinyModel.Tokenizer(0), new MinimalChatTemplate(), null);

    [SharedDataTheory(Root)]
    [InlineData("llama-tiny")]
    [InlineData("qwen2-tiny")]
    [InlineData("qwen3-tiny")]
    public void Logits_OfEveryPosition_MatchPyTorch(string folder)
    {
        using var model = Load(folder);
        var reference = Reference(folder);
        var logits = Sequences(reference, "input_ids").SelectMany(s => model.Logits(model.Base, s));
        Assert.InRange(MaxDifference(logits, reference["logits"].Values), 0, 1e-4f);
    }

    [SharedDataTheory(Root)]
    [InlineData("llama-tiny")]
    [InlineData("qwen2-tiny")]
    [InlineData("qwen3-tiny")]
    public void Logits_OfBFloat16Weights_MatchPyTorch(string folder)
    {
        using var model = Load(folder, "model-bf16.safetensors");
        var reference = Reference(folder);
        var logits = Sequences(reference, "input_ids").SelectMany(s => model.Logits(model.Base, s));
        Assert.InRange(MaxDifference(logits, reference["logits_bf16_weights"].Values), 0, 1e-4f);
    }

    [SharedDataTheory(Root)]
    [InlineData("llama-tiny")]
    [InlineData("qwen2-tiny")]
    [InlineData("qwen3-tiny")]
    public void Logits_WithAdapter_MatchPyTorch(string folder)
    {
        using var model = Load(folder);
        var reference = Reference(folder);
        var adapter = model.LoadAdapter("a", PathOf(folder));
        var logits = Sequences(reference, "input_ids").SelectMany(s => model.Logits(adapter, s));
        Assert.InRange(MaxDifference(logits, reference["logits_lora"].Values), 0, 1e-4f);
    }

    [SharedDataTheory(Root)]
    [InlineData("llama-tiny")]
    [InlineData("qwen2-tiny")]
    [InlineData("qwen3-tiny")]
    public void MergeAdapter_Logits_MatchPyTorchAndUnmergeRestores(string folder)
    {
        using var model = Load(folder);
        var reference = Reference(folder);
        var sequences = Sequences(reference, "input_ids");
        var before = sequences.SelectMany(s => model.Logits(model.Base, s)).ToList();
        var adapter = model.LoadAdapter("a", PathOf(folder));
        model.MergeAdapter(adapter);
        Assert.InRange(MaxDifference(sequences.SelectMany(s => model.Logits(model.Base, s)), reference["logits_lora"].Values), 0, 1e-4f);
        model.UnmergeAdapter(adapter);
        Assert.InRange(MaxDifference(sequences.SelectMany(s => model.Logits(model.Base, s)), before), 0, 1e-4f);
    }

    [SharedDataTheory(Root)]
    [InlineData("llama-tiny")]
    [InlineData("qwen2-tiny")]
    [InlineData("qwen3-tiny")]
    public void Evaluate_TokenLogProbs_MatchPyTorch(string folder)
    {
        using var model = Load(folder);
        var reference = Reference(folder);
        var scores = model.ScoreAsync(model.Base, NextTokenRows(Sequences(reference, "input_ids"))).Now();
        Assert.InRange(MaxDifference(scores.SelectMany(s => s.LogProbs), reference["token_logprobs"].Values), 0, 1e-5f);
    }

    [SharedDataTheory(Root)]
    [InlineData("llama-tiny")]
    [InlineData("qwen2-tiny")]
    [InlineData("qwen3-tiny")]
    public void Accumulate_NextTokenLoss_GradientsMatchPyTorch(string folder)
    {
        using var model = Load(folder);
        var reference = Reference(folder);
        var loss = model.AccumulateAsync(model.Base, NextTokenRows(Sequences(reference, "input_ids")), new NegativeLogLikelihood()).Now();
        Assert.InRange(Math.Abs(loss.Loss - reference["loss"].Values[0]), 0, 1e-5);
        var parameters = model.ParametersOf(model.Base);
        foreach (var view in parameters.Views)
        {
            var expected = reference["grad." + view.Name].Values;
            var difference = MaxDifference(parameters.GradientsAt(view.Offset, view.Count).ToArray(), expected);
            Assert.True(difference <= 1e-4f * expected.Max(MathF.Abs), $"{view.Name}: {difference} against {expected.Max(MathF.Abs)}");
        }
    }

    [SharedDataTheory(Root)]
    [InlineData("llama-tiny")]
    [InlineData("qwen2-tiny")]
    [InlineData("qwen3-tiny")]
    public void Apply_OneClippedStep_MatchesPyTorch(string folder)
    {
        using var model = Load(folder);
        var reference = Reference(folder);
        model.AccumulateAsync(model.Base, NextTokenRows(Sequences(reference, "input_ids")), new NegativeLogLikelihood()).Now();
        var report = model.ApplyAsync(model.Base, new AdamWOptions { LearningRate = 1e-3, WeightDecay = 0.01, MaxGradientNorm = 0.5 }).Now();
        Assert.InRange(Math.Abs(report.GradientNorm - reference["grad_norm"].Values[0]), 0, 1e-4);
        var parameters = model.ParametersOf(model.Base);
        foreach (var view in parameters.Views)
            Assert.InRange(MaxDifference(parameters.ValuesOf(view).ToArray(), reference["adamw." + view.Name].Values), 0, 1e-5f);
    }

    [SharedDataTheory(Root)]
    [InlineData("llama-tiny")]
    [InlineData("qwen2-tiny")]
    [InlineData("qwen3-tiny")]
    public async Task Sampling_Greedy_GivesPyTorchsTokens(string folder)
    {
        using var model = Load(folder);
        var reference = Reference(folder);
        var prompt = Sequences(reference, "greedy_prompt")[0];
        var expected = Sequences(reference, "greedy_tokens")[0];
        var ids = await TinyModel.Generate(model, model.Base, prompt, expected.Length, temperature: 0, stop: []);
        Assert.Equal(expected, ids.Ids);
    }

    [SharedDataTheory(Root)]
    [InlineData("llama-tiny")]
    [InlineData("qwen2-tiny")]
    [InlineData("qwen3-tiny")]
    public void SavePretrained_ThenLoad_GivesIdenticalLogits(string folder)
    {
        var copy = Directory.CreateTempSubdirectory("agentteams").FullName;
        try
        {
            using var model = Load(folder);
            model.SavePretrained(copy);
            using var loaded = CpuLanguageModel.FromWeights("copy", CpuEngine.ReadWeights(copy, "model.safetensors"), model.Tokenizer, model.Template, null);
            var sequences = Sequences(Reference(folder), "input_ids");
            Assert.Equal(sequences.SelectMany(s => model.Logits(model.Base, s)), sequences.SelectMany(s => loaded.Logits(loaded.Base, s)));
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }
}
