namespace AgentTeams;

/// <summary>The linear layers of a transformer layer.</summary>
internal enum ProjectionKind
{
    Query,
    Key,
    Value,
    Output,
    Gate,
    Up,
    Down,
}

/// <summary>One linear layer: its weights, and their packed copies for products.</summary>
internal sealed unsafe class Projection(ParameterSet parameters, ParameterView view)
{
    private readonly PackedMatrix _packed = new(view.Shape[0], view.Shape[1]);

    public int Outputs => _packed.Outputs;

    public int Inputs => _packed.Inputs;

    public void Pack() => _packed.Pack(parameters.Values + view.Offset);

    /// <summary>y = x · Wᵀ for rows, or y += it.</summary>
    public void Forward(float* x, float* y, int rows, bool add) =>
        Gemm.Multiply(x, Inputs, 1, rows, _packed.Forward, Outputs, Inputs, y, Outputs, add);

    /// <summary>dx = dy · W for rows, or dx += it.</summary>
    public void Backward(float* dy, float* dx, int rows, bool add) =>
        Gemm.Multiply(dy, Outputs, 1, rows, _packed.Backward, Inputs, Outputs, dx, Inputs, add);

    /// <summary>dW += dyᵀ · x for some of the outputs.</summary>
    public void AccumulateGradient(float* dy, float* x, int rows, int firstOutput, int outputs)
    {
        // Blocks of rows keep both operands in cache; the blocks are fixed, so the sum is too.
        const int RowsPerBlock = 256;
        var gradient = parameters.Gradients + view.Offset + (nint)firstOutput * Inputs;
        var whole = Inputs / Gemm.PanelWidth * Gemm.PanelWidth;
        for (var row = 0; row < rows; row += RowsPerBlock)
        {
            var count = Math.Min(RowsPerBlock, rows - row);
            var a = dy + (nint)row * Outputs + firstOutput;
            var b = x + (nint)row * Inputs;
            if (whole > 0) Gemm.Multiply(a, 1, Outputs, outputs, Panels.InPlace(b, Inputs), whole, count, gradient, Inputs, add: true);
            if (whole < Inputs) MultiplyEdge(a, outputs, b + whole, count, gradient + whole, Inputs - whole);
        }
    }

    private void MultiplyEdge(float* a, int outputs, float* b, int count, float* gradient, int columns)
    {
        var edge = stackalloc float[count * Gemm.PanelWidth];
        for (var row = 0; row < count; row++)
        {
            for (var j = 0; j < Gemm.PanelWidth; j++)
                edge[row * Gemm.PanelWidth + j] = j < columns ? b[(nint)row * Inputs + j] : 0;
        }

        Gemm.Multiply(a, 1, Outputs, outputs, Panels.InPlace(edge, Gemm.PanelWidth), columns, count, gradient, Inputs, add: true);
    }
}
