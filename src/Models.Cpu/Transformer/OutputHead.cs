namespace AgentTeams;

/// <summary>Final norm and output head for selected rows of a batch, in parts that follow the forward pass.</summary>
internal sealed unsafe class OutputHead(TransformerWeights weights, Activations activations) : IParallelWork
{
    private readonly ModelConfig _config = weights.Config;
    private readonly FloatBuffer _normed = new();
    private readonly FloatBuffer _inverse = new();
    private readonly FloatBuffer _logits = new();
    private readonly List<int> _rows = [];

    /// <summary>How many selected rows one part computes; any split gives the same numbers.</summary>
    private const int RowsPerPart = 48;

    public int Count => _rows.Count;

    public int Parts => (_rows.Count + RowsPerPart - 1) / RowsPerPart;

    public float* Normed => _normed.Pointer;

    public float* Inverse => _inverse.Pointer;

    public Span<float> Logits(int index) => new(_logits.Pointer + (nint)index * _config.VocabularySize, _config.VocabularySize);

    public float* LogitsPointer => _logits.Pointer;

    public int RowAt(int index) => _rows[index];

    public void Clear() => _rows.Clear();

    public void Select(int row) => _rows.Add(row);

    public void Prepare()
    {
        _normed.Ensure((long)_rows.Count * _config.HiddenSize);
        _inverse.Ensure(_rows.Count);
        _logits.Ensure((long)_rows.Count * _config.VocabularySize);
    }

    public static (int From, int To) Range(int part, int count) => (part * RowsPerPart, Math.Min(count, (part + 1) * RowsPerPart));

    public void Execute(int part)
    {
        var (from, to) = Range(part, _rows.Count);
        var width = _config.HiddenSize;
        for (var i = from; i < to; i++)
            _inverse.Pointer[i] = Elementwise.RmsNorm(activations.Hidden.Pointer + (nint)_rows[i] * width, weights.FinalNorm, _normed.Pointer + (nint)i * width, width, _config.RmsNormEpsilon);
        weights.Head.Forward(_normed.Pointer + (nint)from * width, _logits.Pointer + (nint)from * _config.VocabularySize, to - from, add: false);
    }
}
