using static AgentTeams.Tests.ModelOracles;

namespace AgentTeams.Tests;

/// <summary>The TorchSharp engine against numbers that PyTorch computed for the same tiny checkpoints.</summary>
public sealed class TorchOracleTests
{
    [SharedDataTheory(Root)]
    [InlineData("llama-tiny", "model.safetensors", "logits")]
    [InlineData("qwen2-tiny", "model.safetensors", "logits")]
    [InlineData("qwen3-tiny", "model.safetensors", "logits")]
    [InlineData("llama-tiny", "model-bf16.safetensors", "logits_bf16_weights")]
    [InlineData("qwen2-tiny", "model-bf16.safetensors", "logits_bf16_weights")]
    [InlineData("qwen3-tiny", "model-bf16.safetensors", "logits_bf16_weights")]
    public void Logits_OfEveryPosition_MatchPyTorch(string folder, string file, string expected)
    {
        using var model = TorchModels.Oracle(folder, file);
        var reference = Reference(folder);
        var logits = Sequences(reference, "input_ids").SelectMany(s => model.Logits(model.Base, s));
        Assert.InRange(MaxDifference(logits, reference[expected].Values), 0, 1e-4f);
    }

    [SharedDataTheory(Root)]
    [InlineData("llama-tiny")]
    [InlineData("qwen2-tiny")]
    [InlineData("qwen3-tiny")]
    public void MergeAdapter_Logits_MatchPyTorchAndUnmergeRestores(string folder)
    {
        using var model = TorchModels.Oracle(folder);
        var reference = Reference(folder);
        var sequences = Sequences(reference, "input_ids");
        var before = sequences.SelectMany(s => model.Logits(model.Base, s)).ToList();
        var adapter = model.LoadAdapter("a", PathOf(folder));
        Assert.InRange(MaxDifference(sequences.SelectMany(s => model.Logits(adapter, s)), reference["logits_lora"].Values), 0, 1e-4f);
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
        using var model = TorchModels.Oracle(folder);
        var reference = Reference(folder);
        var scores = model.ScoreAsync(model.Base, NextTokenRows(Sequences(reference, "input_ids"))).Now();
        Assert.InRange(MaxDifference(scores.SelectMany(s => s.LogProbs), reference["token_logprobs"].Values), 0, 1e-5f);
    }

    [SharedDataTheory(Root)]
    [InlineData("llama-tiny", false)]
    [InlineData("qwen2-tiny", false)]
    [InlineData("qwen3-tiny", false)]
    [InlineData("llama-tiny", true)]
    [InlineData("qwen2-tiny", true)]
    [InlineData("qwen3-tiny", true)]
    public void Apply_OneClippedStep_GradientsAndWeightsMatchPyTorch(string folder, bool checkpointing)
    {
        using var model = TorchModels.Oracle(folder, options: TorchModels.Options with { GradientCheckpointing = checkpointing });
        var reference = Reference(folder);
        var loss = model.AccumulateAsync(model.Base, NextTokenRows(Sequences(reference, "input_ids")), new NegativeLogLikelihood()).Now();
        Assert.InRange(Math.Abs(loss.Loss - reference["loss"].Values[0]), 0, 1e-5);
        var set = model.SetOf(model.Base);
        foreach (var parameter in set.Parameters)
        {
            var expected = reference["grad." + parameter.Name].Values;
            var difference = MaxDifference(TorchModels.GradientOf(model, model.Base, parameter.Name), expected);
            Assert.True(difference <= 1e-4f * expected.Max(MathF.Abs), $"{parameter.Name}: {difference} against {expected.Max(MathF.Abs)}");
        }

        var report = model.ApplyAsync(model.Base, new AdamWOptions { LearningRate = 1e-3, WeightDecay = 0.01, MaxGradientNorm = 0.5 }).Now();
        Assert.InRange(Math.Abs(report.GradientNorm - reference["grad_norm"].Values[0]), 0, 1e-4);
        foreach (var parameter in set.Parameters)
        {
            // A first step of Adam is almost the sign of the gradient. Where that is next to nothing, PyTorch in float32 is itself 1.5e-5 from float64.
            var gradient = reference["grad." + parameter.Name].Values;
            var least = 1e-5f * gradient.Max(MathF.Abs);
            var pairs = TensorData.ToArray(parameter.Value).Zip(reference["adamw." + parameter.Name].Values);
            Assert.All(pairs.Zip(gradient), p => Assert.InRange(MathF.Abs(p.First.First - p.First.Second), 0, MathF.Abs(p.Second) < least ? 1e-4f : 1e-5f));
        }
    }

    [SharedDataTheory(Root)]
    [InlineData("llama-tiny")]
    [InlineData("qwen2-tiny")]
    [InlineData("qwen3-tiny")]
    public void Apply_PyTorchsGradient_GivesPyTorchsWeights(string folder)
    {
        using var model = TorchModels.Oracle(folder);
        var reference = Reference(folder);
        var set = model.SetOf(model.Base);
        set.EnsureTrainable();
        foreach (var parameter in set.Parameters) TensorData.Set(parameter.Of(set.Gradients), reference["grad." + parameter.Name].Values);
        model.ApplyAsync(model.Base, new AdamWOptions { LearningRate = 1e-3, WeightDecay = 0.01, MaxGradientNorm = 0.5 }).Now();
        foreach (var parameter in set.Parameters)
            Assert.InRange(MaxDifference(TensorData.ToArray(parameter.Value), reference["adamw." + parameter.Name].Values), 0, 1e-5f);
    }

    [SharedDataTheory(Root)]
    [InlineData("llama-tiny")]
    [InlineData("qwen2-tiny")]
    [InlineData("qwen3-tiny")]
    public async Task Sampling_Greedy_GivesPyTorchsTokens(string folder)
    {
        using var model = TorchModels.Oracle(folder);
        var reference = Reference(folder);
        var expected = Sequences(reference, "greedy_tokens")[0];
        var sampled = await TorchModels.Generate(model, model.Base, Sequences(reference, "greedy_prompt")[0], expected.Length, temperature: 0, stop: []);
        Assert.Equal(expected, sampled.Ids);
    }

    [SharedDataTheory(Root)]
    [InlineData("llama-tiny", TorchPrecision.Full)]
    [InlineData("qwen3-tiny", TorchPrecision.Full)]
    [InlineData("qwen2-tiny", TorchPrecision.BFloat16)]
    public void SavePretrained_ThenLoad_GivesIdenticalLogits(string folder, TorchPrecision precision)
    {
        var options = TorchModels.Options with { Precision = precision };
        var copy = Directory.CreateTempSubdirectory("agentteams").FullName;
        try
        {
            using var model = TorchModels.Oracle(folder, options: options);
            model.SavePretrained(copy);
            using var loaded = TorchLanguageModel.FromWeights("copy", TorchEngine.ReadWeights(copy, "model.safetensors", options), model.Tokenizer, model.Template, options);
            var sequences = Sequences(Reference(folder), "input_ids");
            Assert.Equal(sequences.SelectMany(s => model.Logits(model.Base, s)), sequences.SelectMany(s => loaded.Logits(loaded.Base, s)));
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }
}
