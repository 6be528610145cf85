namespace AgentTeams;

/// <summary>
/// The round of the backward pass that sums weight gradients over all rows. A part is a block of one projection, or
/// one norm, so every gradient has one owner and one order of summation.
/// </summary>
internal sealed unsafe class WeightGradients : IParallelWork
{
    private const int OutputsPerPart = 192;
    private const int InputsPerPart = 256;
    private readonly List<(Projection Projection, nint Dy, nint X, int Output, int Outputs, int Input, int Inputs)> _projections = [];
    private readonly List<(nint X, nint Dy, nint Inverse, nint Gradient, int Width)> _norms = [];
    private int _rows;

    public int Parts => _projections.Count + _norms.Count;

    public void Clear(int rows)
    {
        _projections.Clear();
        _norms.Clear();
        _rows = rows;
    }

    public void Add(Projection projection, float* dy, float* x)
    {
        for (var output = 0; output < projection.Outputs; output += OutputsPerPart)
        {
            for (var input = 0; input < projection.Inputs; input += InputsPerPart)
                _projections.Add((projection, (nint)dy, (nint)x, output, Math.Min(OutputsPerPart, projection.Outputs - output), input, Math.Min(InputsPerPart, projection.Inputs - input)));
        }
    }

    public void AddNorm(float* x, float* dy, float* inverse, float* gradient, int width) =>
        _norms.Add(((nint)x, (nint)dy, (nint)inverse, (nint)gradient, width));

    public void Execute(int part)
    {
        if (part < _projections.Count)
        {
            var p = _projections[part];
            p.Projection.AccumulateGradient((float*)p.Dy, (float*)p.X, _rows, p.Output, p.Outputs, p.Input, p.Inputs);
            return;
        }

        var n = _norms[part - _projections.Count];
        var x = (float*)n.X;
        var dy = (float*)n.Dy;
        var inverse = (float*)n.Inverse;
        var gradient = (float*)n.Gradient;
        for (nint row = 0; row < _rows; row++)
            Elementwise.RmsNormWeightGradient(x + row * n.Width, dy + row * n.Width, inverse[row], gradient, n.Width);
    }
}
