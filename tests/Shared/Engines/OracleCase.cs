using System.Text.Json;

namespace AgentTeams.Tests;

/// <summary>A tiny checkpoint on an engine, and what PyTorch computed for it.</summary>
internal sealed class OracleCase : IDisposable
{
    private readonly JsonElement _oracle;
    private readonly IReadOnlyDictionary<string, SafeTensor> _tensors;

    private OracleCase(string name, LocalLanguageModel model)
    {
        (Folder, Model) = (ModelOracles.PathOf(name), model);
        _tensors = SafeTensors.Read(Path.Combine(Folder, "oracle.safetensors"));
        _oracle = JsonElement.Parse(File.ReadAllText(Path.Combine(Folder, "oracle.json")));
    }

    public string Folder { get; }

    public LocalLanguageModel Model { get; }

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

    public static OracleCase Of<TEngine>(string name, string file = "model.safetensors", bool checkpointing = false)
        where TEngine : ITestedEngine => new(name, TEngine.Load(ModelOracles.PathOf(name), file, checkpointing));

    /// <summary>The logits of all rows, one after another.</summary>
    public List<float> Logits(PolicyId? policy = null) => [.. Rows.SelectMany(row => Model.Logits(policy ?? Model.Base, row))];

    public TokenLossResult Accumulate() => Model.AccumulateAsync(Model.Base, TrainingRows, new NegativeLogLikelihood()).Now();

    public float[] Tensor(string name) => _tensors[name].Values;

    public int[][] Ids(string name) => _oracle.GetProperty(name).Deserialize<int[][]>()!;

    public double[] Numbers(string name) => _oracle.GetProperty(name).Deserialize<double[]>()!;

    public void Dispose() => Model.Dispose();
}
