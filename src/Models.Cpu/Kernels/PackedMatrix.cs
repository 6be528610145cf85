namespace AgentTeams;

/// <summary>A weight matrix [outputs, inputs] in the two panel orders that products with it need.</summary>
internal sealed unsafe class PackedMatrix(int outputs, int inputs)
{
    private readonly FloatBuffer _forward = new();
    private readonly FloatBuffer _backward = new();

    public int Outputs => outputs;

    public int Inputs => inputs;

    /// <summary>Panels of outputs from one on, a multiple of the panel width: y = x · Wᵀ.</summary>
    public Panels Forward(int from) => new((nint)(_forward.Pointer + (nint)from * inputs), (nint)inputs * Gemm.PanelWidth);

    /// <summary>Panels of inputs: dx = dy · W.</summary>
    public Panels Backward => new((nint)_backward.Pointer, (nint)outputs * Gemm.PanelWidth);

    public void PackForward(float* weights) => Fill(_forward, weights, outputs, inputs, columnStride: inputs, rowStride: 1);

    public void PackBackward(float* weights) => Fill(_backward, weights, inputs, outputs, columnStride: 1, rowStride: inputs);

    private static void Fill(FloatBuffer target, float* weights, int columns, int rows, nint columnStride, nint rowStride)
    {
        var panels = (columns + Gemm.PanelWidth - 1) / Gemm.PanelWidth;
        var to = target.Ensure((long)panels * rows * Gemm.PanelWidth);
        for (var panel = 0; panel < panels; panel++)
        {
            var first = panel * Gemm.PanelWidth;
            var filled = Math.Min(Gemm.PanelWidth, columns - first);
            for (var row = 0; row < rows; row++, to += Gemm.PanelWidth)
            {
                var from = weights + first * columnStride + row * rowStride;
                for (var j = 0; j < filled; j++) to[j] = from[j * columnStride];
                for (var j = filled; j < Gemm.PanelWidth; j++) to[j] = 0;
            }
        }
    }
}
