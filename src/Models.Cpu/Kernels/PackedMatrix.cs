namespace AgentTeams.Models;

/// <summary>A weight matrix [outputs, inputs] in the two panel orders that products with it need, in the type it is stored in.</summary>
internal sealed unsafe class PackedMatrix(int outputs, int inputs)
{
    private readonly FloatBuffer[] _values = [new(), new()];
    private readonly HalfBuffer[] _halves = [new(), new()];
    private bool _isHalf;

    public int Outputs => outputs;

    public int Inputs => inputs;

    /// <summary>Panels of outputs from one on, a multiple of the panel width: y = x · Wᵀ.</summary>
    public Panels Forward(int from) =>
        Panels(_isHalf ? (nint)(_halves[0].Pointer + (nint)from * inputs) : (nint)(_values[0].Pointer + (nint)from * inputs), inputs);

    /// <summary>Panels of inputs: dx = dy · W.</summary>
    public Panels Backward => Panels(_isHalf ? (nint)_halves[1].Pointer : (nint)_values[1].Pointer, outputs);

    /// <summary>Renews the panels of outputs.</summary>
    public void PackForward(MatrixData weights)
    {
        _isHalf = weights.Halves is not null;
        if (_isHalf) Fill(_halves[0].Ensure(Size(outputs, inputs)), weights.Halves, outputs, inputs, columnStride: inputs, rowStride: 1);
        else Fill(_values[0].Ensure(Size(outputs, inputs)), weights.Values, outputs, inputs, columnStride: inputs, rowStride: 1);
        if (_isHalf) return;
        foreach (var halves in _halves) halves.Release();
    }

    /// <summary>Renews the panels of inputs.</summary>
    public void PackBackward(MatrixData weights)
    {
        if (_isHalf) Fill(_halves[1].Ensure(Size(inputs, outputs)), weights.Halves, inputs, outputs, columnStride: 1, rowStride: inputs);
        else Fill(_values[1].Ensure(Size(inputs, outputs)), weights.Values, inputs, outputs, columnStride: 1, rowStride: inputs);
    }

    private Panels Panels(nint data, int rows) => _isHalf
        ? new(data, (nint)rows * Gemm.PanelWidth * sizeof(ushort), PanelFormat.BFloat16)
        : new(data, (nint)rows * Gemm.PanelWidth * sizeof(float), PanelFormat.Float32);

    private static long Size(int columns, int rows) => (long)PageLayout.RoundUp(columns) * rows;

    private static void Fill<T>(T* to, T* weights, int columns, int rows, nint columnStride, nint rowStride)
        where T : unmanaged
    {
        for (var first = 0; first < columns; first += Gemm.PanelWidth)
        {
            var filled = Math.Min(Gemm.PanelWidth, columns - first);
            for (var row = 0; row < rows; row++, to += Gemm.PanelWidth)
            {
                var from = weights + first * columnStride + row * rowStride;
                if (columnStride == 1) new ReadOnlySpan<T>(from, filled).CopyTo(new Span<T>(to, filled));
                else for (var j = 0; j < filled; j++) to[j] = from[j * columnStride];
                for (var j = filled; j < Gemm.PanelWidth; j++) to[j] = default;
            }
        }
    }
}

/// <summary>A matrix in row-major order: one of the two is null.</summary>
internal readonly unsafe ref struct MatrixData(float* values, ushort* halves)
{
    public readonly float* Values = values;
    public readonly ushort* Halves = halves;
}
