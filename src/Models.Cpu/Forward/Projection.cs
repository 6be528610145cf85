namespace AgentTeams.Models;

/// <summary>One linear layer: its weights and bias, and their packed copies for products.</summary>
/// <param name="parameters">Holds the weights.</param>
/// <param name="view">The weights [outputs, inputs].</param>
/// <param name="bias">The bias [outputs], or null.</param>
/// <param name="sampled">What replies are sampled with.</param>
internal sealed unsafe class Projection(ParameterSet parameters, ParameterView view, ParameterView? bias = null, WeightFormat sampled = WeightFormat.Stored)
{
    private readonly PackedMatrix _packed = new(view.Shape[0], view.Shape[1]);
    private readonly SampledMatrix? _sampled = sampled == WeightFormat.Stored
        ? null
        : new(view.Shape[0], view.Shape[1], sampled == WeightFormat.Q8 ? PanelFormat.Q8 : PanelFormat.BFloat16);
    private bool _isBackwardPacked;

    public int Outputs => _packed.Outputs;

    public int Inputs => _packed.Inputs;

    /// <summary>Where the weights [outputs, inputs] lie in their set.</summary>
    public ParameterView Weight => view;

    public bool IsForwardPacked { get; private set; }

    public bool HasBias => bias is not null;

    /// <summary>Renews the copy that replies are sampled with; those for training that differ are then out of date.</summary>
    public void PackSampled()
    {
        IsForwardPacked = _isBackwardPacked = false;
        if (_sampled is null) PackForward();
        else _sampled.Pack(parameters.Matrix(view), view.Name);
    }

    /// <summary>Renews the copy for <see cref="Forward"/> if it is out of date.</summary>
    public void PackForward()
    {
        if (IsForwardPacked) return;
        _packed.PackForward(parameters.Matrix(view));
        IsForwardPacked = true;
    }

    /// <summary>Renews the copy for <see cref="Backward"/> if it is out of date.</summary>
    public void PackBackward()
    {
        if (_isBackwardPacked) return;
        PackForward();
        _packed.PackBackward(parameters.Matrix(view));
        _isBackwardPacked = true;
    }

    /// <summary>y = x · Wᵀ + bias for rows and some of the outputs, or y += it.</summary>
    /// <param name="x">[rows, <see cref="Inputs"/>].</param>
    /// <param name="y">[rows, <see cref="Outputs"/>].</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="from">The first output; a multiple of the panel width.</param>
    /// <param name="to">One more than the last output.</param>
    /// <param name="add">Whether the result is added to y.</param>
    /// <param name="samples">Whether with the weights that replies are sampled with.</param>
    public void Forward(float* x, float* y, int rows, int from, int to, bool add, bool samples = false)
    {
        if (from >= to) return;
        using var _ = WorkClock.Measure(WorkKind.Product);
        Gemm.Multiply(x, Inputs, rows, samples && _sampled is not null ? _sampled.Forward(from) : _packed.Forward(from), to - from, Inputs, y + from, Outputs, add);
        if (bias is null) return;
        var b = parameters.Values + bias.Offset + from;
        for (nint row = 0; row < rows; row++) Elementwise.Add(y + row * Outputs + from, b, to - from);
    }

    /// <summary>dx = dy · W for rows, or dx += it.</summary>
    public void Backward(float* dy, float* dx, int rows, bool add)
    {
        using var _ = WorkClock.Measure(WorkKind.Product);
        Gemm.Multiply(dy, Outputs, rows, _packed.Backward, Inputs, Outputs, dx, Inputs, add);
    }

    /// <summary>dW += dyᵀ · x for some of the outputs and inputs.</summary>
    public void AccumulateGradient(float* dy, float* x, int rows, int firstOutput, int outputs, int firstInput, int inputs)
    {
        using var _ = WorkClock.Measure(WorkKind.Product);
        GradientProduct.Accumulate(dy + firstOutput, Outputs, outputs, x + firstInput, Inputs, inputs, rows,
            parameters.Gradients + view.Offset + (nint)firstOutput * Inputs + firstInput, Inputs);
    }

    /// <summary>d bias += the sum of dy over rows.</summary>
    public void AccumulateBiasGradient(float* dy, int rows)
    {
        for (nint row = 0; row < rows; row++) Elementwise.Add(parameters.Gradients + bias!.Offset, dy + row * Outputs, Outputs);
    }
}
