namespace AgentTeams.Tests;

/// <summary>The CPU engine against numbers that PyTorch computed for the same tiny checkpoint.</summary>
public sealed class OracleTests
{
    private const string Folder = "oracles/models/llama-tiny";

    private static string PathOf(string file) => Path.Combine(SharedData.Find(Folder)!, file);

    private static IReadOnlyDictionary<string, SafeTensor> Reference() => SafeTensors.Read(PathOf("reference.safetensors"));

    private static CpuLanguageModel Load(string file = "model.safetensors") =>
        new("tiny", CpuLanguageModel.LoadWeights(SharedData.Find(Folder)!, file), TinyModel.Tokenizer(0), new MinimalChatTemplate(), null);

    private static List<int[]> Sequences(IReadOnlyDictionary<string, SafeTensor> reference, string name)
    {
        var tensor = reference[name];
        return [.. Enumerable.Range(0, tensor.Shape[0]).Select(r => tensor.Values.Skip(r * tensor.Shape[1]).Take(tensor.Shape[1]).Select(v => (int)v).ToArray())];
    }

    private static List<TrainingRow> NextTokenRows(List<int[]> sequences)
    {
        var count = sequences.Sum(s => s.Length - 1);
        return [.. sequences.Select(s => new TrainingRow { PromptIds = [s[0]], CompletionIds = s[1..], Weights = [.. s[1..].Select(_ => 1f / count)] })];
    }

    private static float MaxDifference(IEnumerable<float> a, IEnumerable<float> b) => a.Zip(b, (x, y) => MathF.Abs(x - y)).Max();

    [SharedDataFact(Folder)]
    public void Logits_OfEveryPosition_MatchPyTorch()
    {
        using var model = Load();
        var reference = Reference();
        var logits = Sequences(reference, "input_ids").SelectMany(s => model.Logits(model.Base, s));
        Assert.InRange(MaxDifference(logits, reference["logits"].Values), 0, 1e-4f);
    }

    [SharedDataFact(Folder)]
    public void Logits_OfBFloat16Weights_MatchPyTorch()
    {
        using var model = Load("model-bf16.safetensors");
        var reference = Reference();
        var logits = Sequences(reference, "input_ids").SelectMany(s => model.Logits(model.Base, s));
        Assert.InRange(MaxDifference(logits, reference["logits_bf16_weights"].Values), 0, 1e-4f);
    }

    [SharedDataFact(Folder)]
    public void Logits_WithAdapter_MatchPyTorch()
    {
        using var model = Load();
        var reference = Reference();
        var adapter = model.LoadAdapter("a", SharedData.Find(Folder)!);
        var logits = Sequences(reference, "input_ids").SelectMany(s => model.Logits(adapter, s));
        Assert.InRange(MaxDifference(logits, reference["logits_lora"].Values), 0, 1e-4f);
    }

    [SharedDataFact(Folder)]
    public void Evaluate_TokenLogProbs_MatchPyTorch()
    {
        using var model = Load();
        var reference = Reference();
        var scores = model.Evaluate(model.Base, NextTokenRows(Sequences(reference, "input_ids")));
        Assert.InRange(MaxDifference(scores.SelectMany(s => s.LogProbs), reference["token_logprobs"].Values), 0, 1e-5f);
    }

    [SharedDataFact(Folder)]
    public void Accumulate_NextTokenLoss_GradientsMatchPyTorch()
    {
        using var model = Load();
        var reference = Reference();
        var loss = model.Accumulate(model.Base, NextTokenRows(Sequences(reference, "input_ids")), new NegativeLogLikelihood());
        Assert.InRange(Math.Abs(loss.Loss - reference["loss"].Values[0]), 0, 1e-5);
        var parameters = model.ParametersOf(model.Base);
        foreach (var view in parameters.Views)
        {
            var expected = reference["grad." + view.Name].Values;
            var difference = MaxDifference(parameters.GradientSpan.Slice(view.Offset, view.Count).ToArray(), expected);
            Assert.True(difference <= 1e-4f * expected.Max(MathF.Abs), $"{view.Name}: {difference} against {expected.Max(MathF.Abs)}");
        }
    }

    [SharedDataFact(Folder)]
    public void Apply_OneClippedStep_MatchesPyTorch()
    {
        using var model = Load();
        var reference = Reference();
        model.Accumulate(model.Base, NextTokenRows(Sequences(reference, "input_ids")), new NegativeLogLikelihood());
        var report = model.Apply(model.Base, new OptimizerStep { LearningRate = 1e-3, WeightDecay = 0.01, MaxGradientNorm = 0.5 });
        Assert.InRange(Math.Abs(report.GradientNorm - reference["grad_norm"].Values[0]), 0, 1e-4);
        foreach (var tensor in model.ParametersOf(model.Base).Export())
            Assert.InRange(MaxDifference(tensor.Values, reference["adamw." + tensor.Name].Values), 0, 1e-5f);
    }

    [SharedDataFact(Folder)]
    public async Task Sampling_Greedy_GivesPyTorchsTokens()
    {
        using var model = Load();
        var reference = Reference();
        var prompt = Sequences(reference, "greedy_prompt")[0];
        var expected = Sequences(reference, "greedy_tokens")[0];
        var ids = await TinyModel.Generate(model, model.Base, prompt, expected.Length, temperature: 0, stop: []);
        Assert.Equal(expected, ids.Ids);
    }
}
