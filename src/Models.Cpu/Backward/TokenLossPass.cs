using System.Runtime.Intrinsics;

namespace AgentTeams.Models;

/// <summary>Scores of the selected logits, and the gradient of the logits from the gradient of the scores.</summary>
internal sealed unsafe class TokenLossPass(int vocabularySize) : IParallelWork
{
    private const int RowsPerPart = 48;
    private readonly FloatBuffer _probabilities = new();
    private OutputHead? _head;
    private LossRow[] _rows = [];
    private int _count;
    private bool _backward;

    public int Parts => (_count + RowsPerPart - 1) / RowsPerPart;

    public Span<LossRow> Rows => _rows.AsSpan(0, _count);

    public void Prepare(OutputHead head, int count)
    {
        (_head, _count) = (head, count);
        if (_rows.Length < count) _rows = new LossRow[count * 2];
        _probabilities.Ensure((long)count * vocabularySize);
    }

    public void Score(WorkerPool pool)
    {
        _backward = false;
        pool.Run(this, Parts);
    }

    /// <summary>Replaces the logits by d loss / d logits.</summary>
    public void Differentiate(WorkerPool pool)
    {
        _backward = true;
        pool.Run(this, Parts);
    }

    public void Execute(int part)
    {
        using var _ = WorkClock.Measure(WorkKind.Loss);
        var end = Math.Min(_count, (part + 1) * RowsPerPart);
        for (var i = part * RowsPerPart; i < end; i++)
        {
            ref var row = ref _rows[i];
            var logits = _head!.Logits(i);
            var p = new Span<float>(_probabilities.Pointer + (nint)i * vocabularySize, vocabularySize);
            if (_backward)
            {
                Differentiate(row, logits, p);
                continue;
            }

            row.Distribution?.Apply(logits, row.Position);
            (row.LogProb, row.Entropy) = LogSoftmax.Probabilities(logits, row.Id, row.InverseTemperature, p);
        }
    }

    // d logp(id) / d logit(j) = (δ(id, j) − p(j)) / T and d H / d logit(j) = −p(j) · (log p(j) + H) / T.
    private static void Differentiate(in LossRow row, Span<float> logits, ReadOnlySpan<float> p)
    {
        var factors = row.Distribution?.Derivatives(logits, row.Position) ?? [];
        DifferentiateLogits(row, logits, p);
        foreach (var (id, factor) in factors) logits[id] *= factor;
    }

    // Ids that were ruled out have the logit -∞ and the probability 0; they take no part.
    private static void DifferentiateLogits(in LossRow row, Span<float> logits, ReadOnlySpan<float> p)
    {
        var (t, g, h) = (row.InverseTemperature, row.LogProbGradient, row.EntropyGradient);
        var shift = row.LogProb - logits[row.Id] * t + row.Entropy;
        var i = 0;
        for (; i + 8 <= logits.Length; i += 8)
        {
            var logit = Vector256.Create<float>(logits.Slice(i, 8)) * t + Vector256.Create(shift);
            var probability = Vector256.Create(p.Slice(i, 8));
            Vector256.ConditionalSelect(Vector256.Equals(probability, Vector256<float>.Zero), Vector256<float>.Zero,
                probability * (logit * h + Vector256.Create(g)) * -t).CopyTo(logits.Slice(i, 8));
        }

        for (; i < logits.Length; i++) logits[i] = p[i] == 0 ? 0 : -p[i] * ((logits[i] * t + shift) * h + g) * t;

        logits[row.Id] += g * t;
    }
}

/// <summary>One scored token.</summary>
internal struct LossRow
{
    public int Id;
    public ConstrainedDistribution? Distribution;
    public int Position;
    public float InverseTemperature;
    public float LogProb;
    public float Entropy;
    public float LogProbGradient;
    public float EntropyGradient;
}
