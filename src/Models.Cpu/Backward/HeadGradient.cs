namespace AgentTeams.Models;

/// <summary>The output head backwards: from the gradient of logits to that of the residual stream, in parts of selected rows.</summary>
internal sealed unsafe class HeadGradient(DecoderWeights weights, OutputHead head) : IParallelWork
{
    private const int RowsPerPart = 96;
    private readonly FloatBuffer _dNormed = new();
    private int[] _rows = [];
    private nint _stream;
    private ValueHead? _valueHead;
    private float[] _values = [];

    /// <summary>The gradient of the normalised hidden states.</summary>
    public float* Normed => _dNormed.Pointer;

    /// <summary>Writes the gradient of the selected rows of the residual stream.</summary>
    /// <param name="rows">Which rows of the batch were selected, each at most once.</param>
    /// <param name="valueHead">A critic's head on the same hidden states, or null.</param>
    /// <param name="valueGradients">The gradient of its value for each selected row.</param>
    /// <param name="streamGradient">Zero on entry.</param>
    /// <param name="pool">Computes.</param>
    public void Run(int[] rows, ValueHead? valueHead, float[] valueGradients, float* streamGradient, WorkerPool pool)
    {
        (_rows, _valueHead, _values, _stream) = (rows, valueHead, valueGradients, (nint)streamGradient);
        _dNormed.Ensure((long)head.Count * weights.Config.HiddenSize);
        pool.Run(this, (head.Count + RowsPerPart - 1) / RowsPerPart);
    }

    public void Execute(int part)
    {
        var width = weights.Config.HiddenSize;
        var (from, to) = (part * RowsPerPart, Math.Min(head.Count, (part + 1) * RowsPerPart));
        weights.Head.Backward(head.LogitsPointer + (nint)from * weights.Config.VocabularySize, Normed + (nint)from * width, to - from, add: false);
        for (nint i = from; i < to; i++)
        {
            _valueHead?.AddGradient(_values[i], Normed + i * width);
            Elementwise.RmsNormGradient(head.Hidden + i * width, weights.FinalNorm, weights.Config.NormOffset, Normed + i * width, head.Inverse[i],
                (float*)_stream + _rows[i] * (nint)width, width);
        }
    }
}
