using System.Runtime.InteropServices;

namespace AgentTeams.Models;

/// <summary>A weight matrix [outputs, inputs] in panels of outputs, in the fewer bits that replies are sampled with.</summary>
internal sealed unsafe class SampledMatrix
{
    private readonly HalfBuffer _panels = new();
    private readonly PanelFormat _format;
    private readonly int _outputs;
    private readonly int _inputs;
    private readonly int _blocks;
    private readonly nint _panelBytes;

    public SampledMatrix(int outputs, int inputs, PanelFormat format)
    {
        (_outputs, _inputs, _format) = (outputs, inputs, format);
        _blocks = (inputs + Q8Values.BlockRows - 1) / Q8Values.BlockRows;
        _panelBytes = format == PanelFormat.Q8 ? (nint)_blocks * Q8Values.BlockBytes : (nint)inputs * Gemm.PanelWidth * sizeof(ushort);
    }

    /// <summary>Panels of outputs from one on, a multiple of the panel width: y = x · Wᵀ.</summary>
    public Panels Forward(int from) => new((nint)_panels.Pointer + from / Gemm.PanelWidth * _panelBytes, _panelBytes, _format);

    /// <summary>Renews the panels.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="name">Their name, for errors.</param>
    /// <exception cref="AgentTeamsException">A weight is beyond what the format can hold.</exception>
    public void Pack(MatrixData weights, string name)
    {
        var panels = PageLayout.RoundUp(_outputs) / Gemm.PanelWidth;
        var to = (byte*)_panels.Ensure(panels * _panelBytes / sizeof(ushort));
        new Span<byte>(to + (panels - 1) * _panelBytes, (int)_panelBytes).Clear();
        var row = new float[_blocks * Q8Values.BlockRows];
        var encoded = new byte[_format == PanelFormat.Q8 ? GgufEncoding.RowBytes(GgufType.Q8_0, row.Length) : _inputs * sizeof(ushort)];
        for (var output = 0; output < _outputs; output++)
        {
            if (weights.Halves is null) new ReadOnlySpan<float>(weights.Values + (nint)output * _inputs, _inputs).CopyTo(row);
            else TensorConversion.WidenBFloat16(new ReadOnlySpan<ushort>(weights.Halves + (nint)output * _inputs, _inputs), row);
            var panel = to + output / Gemm.PanelWidth * _panelBytes;
            var isHeld = _format == PanelFormat.Q8
                ? TryWriteQ8(row, encoded, panel, output % Gemm.PanelWidth)
                : TryWriteBFloat16(row.AsSpan(0, _inputs), MemoryMarshal.Cast<byte, ushort>(encoded.AsSpan()), (ushort*)panel + output % Gemm.PanelWidth);
            if (isHeld) continue;
            throw new AgentTeamsException($"Row {output} of '{name}' has weights beyond what the format of CpuModelOptions.SamplingWeights can hold, "
                + $"or none at all. Sample with WeightFormat.Stored.");
        }
    }

    // As GGUF has them, so that llama.cpp samples with the same numbers.
    private static bool TryWriteQ8(ReadOnlySpan<float> row, Span<byte> encoded, byte* panel, int column)
    {
        if (!GgufEncoding.TryEncode(GgufType.Q8_0, row, encoded)) return false;
        for (; encoded.Length > 0; panel += Q8Values.BlockBytes)
        {
            ((float*)panel)[column] = (float)MemoryMarshal.Read<Half>(encoded);
            var quanta = encoded.Slice(sizeof(ushort), Q8Values.BlockRows);
            var to = panel + Q8Values.HeaderBytes + column;
            for (var i = 0; i < quanta.Length; i++) to[i * Gemm.PanelWidth] = quanta[i];
            encoded = encoded[(sizeof(ushort) + quanta.Length)..];
        }

        return true;
    }

    private static bool TryWriteBFloat16(ReadOnlySpan<float> row, Span<ushort> narrowed, ushort* to)
    {
        TensorConversion.NarrowBFloat16(row, narrowed);
        for (var i = 0; i < narrowed.Length; i++) to[i * Gemm.PanelWidth] = narrowed[i];
        return TensorConversion.FirstNonFinite(narrowed) < 0;
    }
}
