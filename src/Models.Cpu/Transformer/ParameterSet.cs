using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace AgentTeams;

/// <summary>
/// Named tensors that are trained together: their values, gradients and optimiser moments, each in one block of memory. Matrices
/// that are only read may stay in bfloat16; to be trained they become float32.
/// </summary>
internal sealed unsafe class ParameterSet
{
    private readonly List<ParameterView> _views = [];
    private readonly FloatBuffer _values = new();
    private readonly HalfBuffer _halves = new();
    private readonly FloatBuffer _gradients = new();
    private float[] _first = [];
    private float[] _second = [];

    public IReadOnlyList<ParameterView> Views => _views;

    public int Count { get; private set; }

    public long Updates { get; set; }

    /// <summary>Whether matrices are stored in bfloat16.</summary>
    public bool IsHalf { get; private set; }

    public float* Values => _values.Pointer;

    public float* Gradients => _gradients.Pointer;

    /// <summary>All values; only in float32.</summary>
    public Span<float> ValueSpan => _values.Span[..Count];

    public Span<float> GradientSpan => _gradients.Span[..Count];

    public ParameterView Add(string name, params int[] shape)
    {
        var view = new ParameterView(name, shape);
        Count = checked(Count + view.Count);
        _views.Add(view);
        return view;
    }

    public void Allocate(bool half = false)
    {
        IsHalf = half;
        var (values, halves) = (0, 0);
        foreach (var view in _views)
        {
            if (half && view.IsMatrix) (view.Offset, halves) = (halves, halves + view.Count);
            else (view.Offset, values) = (values, values + view.Count);
        }

        _values.EnsureZeroed(values);
        if (half) _halves.Ensure(halves);
    }

    /// <summary>A matrix as it is stored.</summary>
    public MatrixData Matrix(ParameterView view) => IsHalf ? new(null, _halves.Pointer + view.Offset) : new(Values + view.Offset, null);

    /// <summary>Copies a row of a matrix in float32.</summary>
    public void CopyRow(ParameterView view, int row, Span<float> to)
    {
        var first = checked(view.Offset + row * to.Length);
        if (IsHalf) TensorConversion.WidenBFloat16(_halves.Span.Slice(first, to.Length), to);
        else _values.Span.Slice(first, to.Length).CopyTo(to);
    }

    /// <summary>Makes everything float32.</summary>
    /// <returns>Whether it was not before.</returns>
    public bool Widen()
    {
        if (!IsHalf) return false;
        var vectors = _values.Span.ToArray();
        var offsets = _views.ConvertAll(v => v.Offset);
        Allocate();
        foreach (var (view, offset) in _views.Zip(offsets))
        {
            var to = _values.Span.Slice(view.Offset, view.Count);
            if (view.IsMatrix) TensorConversion.WidenBFloat16(_halves.Span.Slice(offset, view.Count), to);
            else vectors.AsSpan(offset, view.Count).CopyTo(to);
        }

        _halves.Release();
        return true;
    }

    /// <summary>Takes over the values of a set with the same tensors and storage.</summary>
    public void CopyFrom(ParameterSet other)
    {
        other._values.Span.CopyTo(_values.Span);
        other._halves.Span.CopyTo(_halves.Span);
    }

    /// <summary>Gradients and moments exist only once something is trained.</summary>
    public void EnsureTrainable()
    {
        if (_first.Length == Count) return;
        _gradients.EnsureZeroed(Count);
        _first = new float[Count];
        _second = new float[Count];
    }

    public void ClearGradients()
    {
        if (_first.Length == Count) GradientSpan.Clear();
    }

    /// <summary>One update of this set and of another that is clipped together with it.</summary>
    public OptimizerReport Apply(OptimizerStep step, string owner, WorkerPool pool, ParameterSet? other = null)
    {
        EnsureTrainable();
        other?.EnsureTrainable();
        var optimizer = new AdamW(this, _first, _second);
        var otherOptimizer = other is null ? null : new AdamW(other, other._first, other._second);
        var norm = optimizer.GradientNorm(pool);
        if (otherOptimizer is not null) norm = double.Hypot(norm, otherOptimizer.GradientNorm(pool));
        if (!double.IsFinite(norm))
        {
            ClearGradients();
            other?.ClearGradients();
            throw new AgentTeamsException($"The gradient of '{owner}' has the norm {norm}; the update was refused and the weights kept. Lower the learning rate or look for the row that caused it.");
        }

        // The small constant matches the usual implementation of norm clipping.
        var clip = Math.Min(1, step.MaxGradientNorm / (norm + 1e-6));
        optimizer.Update(step, ++Updates, clip, pool);
        ClearGradients();
        if (other is not null) otherOptimizer!.Update(step, ++other.Updates, clip, pool);
        other?.ClearGradients();
        return new(norm, Updates);
    }

    /// <summary>The tensors as they are to be written.</summary>
    public IReadOnlyList<SafeTensorSource> Export() => [.. _views.Select(v => IsHalf && v.IsMatrix
        ? new SafeTensorSource(v.Name, v.Shape, SafeTensorTypes.BFloat16, sink => sink.WriteBFloat16(_halves.Span.Slice(v.Offset, v.Count)))
        : new SafeTensorSource(v.Name, v.Shape, SafeTensorTypes.Float32, sink => sink.Write(_values.Span.Slice(v.Offset, v.Count))))];

    public IReadOnlyList<SafeTensorSource> ExportMoments()
    {
        EnsureTrainable();
        return [SafeTensorSource.Of("first_moment", [Count], _first), SafeTensorSource.Of("second_moment", [Count], _second)];
    }

    /// <summary>Takes over values by name after checking that all are there with the right shapes, and no others.</summary>
    public void Import(CheckpointFolder folder)
    {
        foreach (var view in _views)
        {
            // To read what is missing or of another shape says so.
            if (!folder.Tensors.TryGetValue(view.Name, out var tensor) || !tensor.Shape.SequenceEqual(view.Shape)) folder.Read(view.Name, view.Shape, []);
        }

        folder.RequireOnly(_views.Select(v => v.Name));

        foreach (var view in _views)
        {
            if (IsHalf && view.IsMatrix) folder.ReadBFloat16(view.Name, view.Shape, _halves.Span.Slice(view.Offset, view.Count));
            else folder.Read(view.Name, view.Shape, _values.Span.Slice(view.Offset, view.Count));
        }
    }

    public void ImportMoments(SafeTensorsFile file, long updates)
    {
        EnsureTrainable();
        file.Read("first_moment", [Count], _first);
        file.Read("second_moment", [Count], _second);
        Updates = updates;
    }

    public void ResetMoments()
    {
        Array.Clear(_first);
        Array.Clear(_second);
        Updates = 0;
    }

    public void AppendTo(IncrementalHash hash)
    {
        foreach (var view in _views)
        {
            hash.AppendData(IsHalf && view.IsMatrix
                ? MemoryMarshal.AsBytes(_halves.Span.Slice(view.Offset, view.Count))
                : MemoryMarshal.AsBytes(_values.Span.Slice(view.Offset, view.Count)));
        }
    }
}
