namespace AgentTeams.Models;

/// <summary>
/// The round of the backward pass that sums weight gradients over all rows. A part is a block of one projection, its bias, or
/// one norm, so every gradient has one owner and one order of summation.
/// </summary>
internal sealed unsafe class WeightGradients : IParallelWork
{
    // Inputs are copied once for a part, so it takes many outputs, but no more than leave each thread some parts.
    private const int OutputsPerPart = 384;
    private const int InputsPerPart = 256;
    private const int LeastPerPart = 96;
    private const int PartsPerThread = 2;
    private readonly List<(Projection Projection, nint Dy, nint X)> _products = [];
    private readonly List<(Projection Projection, nint Dy, nint X, int Output, int Outputs, int Input, int Inputs)> _blocks = [];
    private readonly List<(Projection Projection, nint Dy)> _biases = [];
    private readonly List<(nint X, nint Dy, nint Inverse, nint Gradient, int Width, int Rows)> _norms = [];
    private int _rows;

    public void Clear(int rows)
    {
        _products.Clear();
        _biases.Clear();
        _norms.Clear();
        _rows = rows;
    }

    public void Add(Projection projection, float* dy, float* x)
    {
        _products.Add((projection, (nint)dy, (nint)x));
        if (projection.HasBias) _biases.Add((projection, (nint)dy));
    }

    /// <summary>Adds all gradients to what was accumulated so far; the same bits for any number of threads.</summary>
    public void Run(WorkerPool pool)
    {
        var outputs = OutputsPerPart;
        for (Divide(outputs); outputs > LeastPerPart && _blocks.Count < PartsPerThread * pool.Threads; Divide(outputs)) outputs /= 2;
        pool.Run(this, _blocks.Count + _biases.Count + _norms.Count);
    }

    private void Divide(int outputsPerPart)
    {
        _blocks.Clear();
        foreach (var (projection, dy, x) in _products)
        {
            var (tall, wide) = (Equal(projection.Outputs, outputsPerPart, Tile.MaxRows), Equal(projection.Inputs, InputsPerPart, Gemm.PanelWidth));
            for (var output = 0; output < projection.Outputs; output += tall)
            {
                for (var input = 0; input < projection.Inputs; input += wide)
                    _blocks.Add((projection, dy, x, output, Math.Min(tall, projection.Outputs - output), input, Math.Min(wide, projection.Inputs - input)));
            }
        }
    }

    // As many parts as if all but the last were the largest, but about equal, so that threads end together; in whole tiles.
    private static int Equal(int items, int most, int unit)
    {
        var parts = (items + most - 1) / most;
        var units = (items + unit - 1) / unit;
        return (units + parts - 1) / parts * unit;
    }

    public void AddNorm(float* x, float* dy, float* inverse, float* gradient, int width, int perRow = 1) =>
        _norms.Add(((nint)x, (nint)dy, (nint)inverse, (nint)gradient, width, _rows * perRow));

    public void Execute(int part)
    {
        if (part < _blocks.Count)
        {
            var b = _blocks[part];
            b.Projection.AccumulateGradient((float*)b.Dy, (float*)b.X, _rows, b.Output, b.Outputs, b.Input, b.Inputs);
        }
        else if (part - _blocks.Count < _biases.Count)
        {
            var (projection, dy) = _biases[part - _blocks.Count];
            projection.AccumulateBiasGradient((float*)dy, _rows);
        }
        else
        {
            var n = _norms[part - _blocks.Count - _biases.Count];
            for (nint row = 0; row < n.Rows; row++)
                Elementwise.RmsNormWeightGradient((float*)n.X + row * n.Width, (float*)n.Dy + row * n.Width, ((float*)n.Inverse)[row], (float*)n.Gradient,
                    n.Width);
        }
    }
}
