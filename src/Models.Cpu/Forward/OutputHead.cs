namespace AgentTeams.Models;

/// <summary>Final norm and output head for selected hidden states of a batch.</summary>
/// <param name="weights">The weights.</param>
/// <param name="samples">Whether with the weights that replies are sampled with.</param>
internal sealed unsafe class OutputHead(DecoderWeights weights, bool samples) : IParallelWork, ITeamWork
{
    // How many selected rows one part computes; any split gives the same numbers.
    private const int RowsPerPart = 48;
    private const int RowsForTeam = 96;
    private readonly ModelConfig _config = weights.Config;
    private readonly FloatBuffer _hidden = new();
    private readonly FloatBuffer _normed = new();
    private readonly FloatBuffer _inverse = new();
    private readonly FloatBuffer _logits = new();
    private int _parts;

    public int Count { get; private set; }

    /// <summary>The selected hidden states.</summary>
    public float* Hidden => _hidden.Pointer;

    public float* Normed => _normed.Pointer;

    public float* Inverse => _inverse.Pointer;

    public float* LogitsPointer => _logits.Pointer;

    public Span<float> Logits(int index) => new(_logits.Pointer + (nint)index * _config.VocabularySize, _config.VocabularySize);

    /// <summary>Starts a selection of up to that many.</summary>
    public void Clear(int capacity)
    {
        Count = 0;
        _hidden.Ensure((long)capacity * _config.HiddenSize);
        _normed.Ensure((long)capacity * _config.HiddenSize);
        _inverse.Ensure(capacity);
    }

    public void Select(ReadOnlySpan<float> hidden) => hidden.CopyTo(new Span<float>(_hidden.Pointer + (nint)Count++ * _config.HiddenSize, _config.HiddenSize));

    public void Run(WorkerPool pool)
    {
        if (Count == 0) return;
        _logits.Ensure((long)Count * _config.VocabularySize);
        if (Count <= RowsForTeam)
        {
            pool.RunTogether(this);
            return;
        }

        _parts = WorkerPool.EqualParts(Count, RowsPerPart, pool.Threads);
        pool.Run(this, _parts);
    }

    public void Execute(int part)
    {
        var (from, to) = (Count * part / _parts, Count * (part + 1) / _parts);
        Normalize(from, to);
        Multiply(from, to, 0, _config.VocabularySize);
    }

    public void Execute(RowTeam team)
    {
        var (from, to) = team.Share(Count);
        Normalize(from, to);
        team.Wait();
        (from, to) = team.Share(_config.VocabularySize, Gemm.PanelWidth);
        Multiply(0, Count, from, to);
    }

    private void Normalize(int from, int to)
    {
        var width = _config.HiddenSize;
        for (nint i = from; i < to; i++)
            _inverse.Pointer[i] = Elementwise.RmsNorm(_hidden.Pointer + i * width, weights.FinalNorm, _config.NormOffset, _normed.Pointer + i * width, width,
                _config.RmsNormEpsilon);
    }

    private void Multiply(int from, int to, int fromOutput, int toOutput) =>
        weights.Head.Forward(_normed.Pointer + (nint)from * _config.HiddenSize, _logits.Pointer + (nint)from * _config.VocabularySize, to - from, fromOutput,
            toOutput, add: false, samples);
}
