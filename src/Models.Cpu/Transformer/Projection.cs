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

    /// <summary>dW += dyᵀ · x for some of the outputs and inputs.</summary>
    public void AccumulateGradient(float* dy, float* x, int rows, int firstOutput, int outputs, int firstInput, int inputs) =>
        GradientProduct.Accumulate(dy + firstOutput, Outputs, outputs, x + firstInput, Inputs, inputs, rows,
            parameters.Gradients + view.Offset + (nint)firstOutput * Inputs + firstInput, Inputs);
}
