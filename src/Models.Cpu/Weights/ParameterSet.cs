using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace AgentTeams.Models;

/// <summary>
/// Named tensors that are trained together: their values, gradients and optimiser moments, each in one block of memory. Matrices
/// that are only read may stay in bfloat16; to be trained they become float32.
/// </summary>
internal sealed unsafe class ParameterSet : ITrainedParameters
{
    private readonly List<ParameterView> _views = [];
    private readonly FloatBuffer _values = new();
    private readonly HalfBuffer _halves = new();
    private readonly FloatBuffer _gradients = new();
    private readonly FloatBuffer _first = new();
    private readonly FloatBuffer _second = new();

    public IReadOnlyList<ParameterView> Views => _views;

    public long Count { get; private set; }

    public long Updates { get; private set; }

    public long OptimizerSteps { get; private set; }

    /// <summary>Whether matrices are stored in bfloat16.</summary>
    public bool IsHalf { get; private set; }

    public float* Values => _values.Pointer;

    public float* Gradients => _gradients.Pointer;

    /// <summary>Whether values differ from those the set was made or loaded with.</summary>
    public bool IsChanged { get; private set; }

    public FloatBuffer FirstMoments => _first;

    public FloatBuffer SecondMoments => _second;

    private bool IsTrainable => _first.Count == Count;

    /// <summary>All values; only in float32, and of a set that an array can hold.</summary>
    public Span<float> ValueSpan => ValuesAt(0, checked((int)Count));

    /// <summary>All gradients; only of a set that an array can hold.</summary>
    public Span<float> GradientSpan => GradientsAt(0, checked((int)Count));

    /// <summary>Some of the values; only in float32.</summary>
    public Span<float> ValuesAt(long from, int count) => _values.Slice(from, count);

    /// <summary>The values of a tensor; only in float32.</summary>
    public Span<float> ValuesOf(ParameterView view) => _values.Slice(view.Offset, view.Count);

    /// <summary>Some of the gradients.</summary>
    public Span<float> GradientsAt(long from, int count) => _gradients.Slice(from, count);

    public ParameterView Add(string name, params int[] shape)
    {
        var view = new ParameterView(name, shape);
        Count += view.Count;
        _views.Add(view);
        return view;
    }

    public void Allocate(bool half = false)
    {
        IsHalf = half;
        var (values, halves) = (0L, 0L);
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
        var first = view.Offset + (long)row * to.Length;
        if (IsHalf) TensorConversion.WidenBFloat16(_halves.Slice(first, to.Length), to);
        else _values.Slice(first, to.Length).CopyTo(to);
    }

    /// <summary>Makes everything float32.</summary>
    /// <returns>Whether it was not before.</returns>
    public bool Widen()
    {
        if (!IsHalf) return false;
        var vectors = _values.Span.ToArray();
        var offsets = _views.ConvertAll(v => v.Offset);
        Allocate();
        Widen(this, offsets, vectors);
        _halves.Release();
        return true;
    }

    // From a set whose matrices are halves at these places.
    private void Widen(ParameterSet from, List<long> offsets, ReadOnlySpan<float> vectors)
    {
        foreach (var (view, offset) in _views.Zip(offsets))
        {
            var to = ValuesOf(view);
            if (view.IsMatrix) TensorConversion.WidenBFloat16(from._halves.Slice(offset, view.Count), to);
            else vectors.Slice((int)offset, view.Count).CopyTo(to);
        }
    }

    /// <summary>Takes over the values of a set with the same tensors and storage.</summary>
    public void CopyFrom(ParameterSet other)
    {
        _values.CopyFrom(other._values);
        _halves.CopyFrom(other._halves);
    }

    /// <summary>Gradients and moments exist only once something is trained.</summary>
    public void EnsureTrainable()
    {
        if (IsTrainable) return;
        _gradients.EnsureZeroed(Count);
        _first.EnsureZeroed(Count);
        _second.EnsureZeroed(Count);
    }

    public void ClearGradients()
    {
        if (IsTrainable) _gradients.Clear(Count);
    }

    /// <summary>The tensors as they are to be written.</summary>
    public IReadOnlyList<SafeTensorSource> Export() => [.. _views.Select(v => IsHalf && v.IsMatrix
        ? new SafeTensorSource(v.Name, v.Shape, SafeTensorTypes.BFloat16, sink => sink.WriteBFloat16(_halves.Slice(v.Offset, v.Count)))
        : new SafeTensorSource(v.Name, v.Shape, SafeTensorTypes.Float32, sink => sink.Write(ValuesOf(v))))];

    public IReadOnlyList<SafeTensorSource> ExportMoments()
    {
        EnsureTrainable();
        return [.. Moments()
            .Select(m => new SafeTensorSource(m.Part.Name, [m.Part.Count], SafeTensorTypes.Float32,
                sink => sink.Write(m.Values.Slice(m.Part.From, m.Part.Count))))];
    }

    /// <summary>Says that values were changed, by something else than an update.</summary>
    public void MarkChanged() => IsChanged = true;

    /// <summary>Counts an update, whose gradient is used up.</summary>
    public void Updated()
    {
        IsChanged = true;
        Updates++;
        OptimizerSteps++;
        ClearGradients();
    }

    public void CheckMoments(SafeTensorsFile file) => MomentPart.Check(file, Count);

    /// <summary>Refuses a folder that <see cref="Import(CheckpointFolder, bool)"/> could not read to its end, or that holds something else.</summary>
    public void Check(CheckpointFolder folder)
    {
        foreach (var view in _views) folder.Check(view.Name, view.Shape);
        folder.RequireOnly(_views.Select(v => v.Name));
    }

    public void Import(CheckpointFolder folder, bool trained)
    {
        if (trained) Widen();
        Import(folder);
        _first.Clear(_first.Count);
        _second.Clear(_second.Count);
        (Updates, OptimizerSteps) = (0, 0);
        MarkChanged();
    }

    /// <summary>Takes over the values that the set is made with, after <see cref="Check"/>.</summary>
    public void Import(CheckpointFolder folder)
    {
        Check(folder);
        foreach (var view in _views)
        {
            if (IsHalf && view.IsMatrix) folder.ReadBFloat16(view.Name, view.Shape, _halves.Slice(view.Offset, view.Count));
            else folder.Read(view.Name, view.Shape, ValuesOf(view));
        }
    }

    public void ImportUpdates(long updates, long optimizerSteps, SafeTensorsFile? moments)
    {
        if (moments is null) ReleaseOptimizer();
        else
        {
            EnsureTrainable();
            foreach (var (part, values) in Moments()) moments.Read(part.Name, [part.Count], values.Slice(part.From, part.Count));
        }

        (Updates, OptimizerSteps) = (updates, optimizerSteps);
        MarkChanged();
    }

    public void ReleaseOptimizer()
    {
        _gradients.Release();
        _first.Release();
        _second.Release();
        OptimizerSteps = 0;
    }

    public float[] Read()
    {
        Widen();
        return [.. ValueSpan];
    }

    public void Write(ReadOnlySpan<float> values, bool isUpdate)
    {
        Widen();
        values.CopyTo(ValueSpan);
        if (isUpdate) Updates++;
        MarkChanged();
    }

    public void Restore(ITrainedParameters from)
    {
        var other = (ParameterSet)from;
        if (other.IsHalf == IsHalf) CopyFrom(other);
        else Widen(other, [.. other._views.Select(v => v.Offset)], other._values.Span);
        ReleaseOptimizer();
        Updates++;
        MarkChanged();
    }

    public void AppendTo(IncrementalHash hash)
    {
        foreach (var view in _views)
        {
            hash.AppendData(IsHalf && view.IsMatrix
                ? MemoryMarshal.AsBytes(_halves.Slice(view.Offset, view.Count))
                : MemoryMarshal.AsBytes(ValuesOf(view)));
        }
    }

    private IEnumerable<(MomentPart Part, FloatBuffer Values)> Moments() =>
        MomentPart.Names.Zip([_first, _second]).SelectMany(m => MomentPart.Of(m.First, Count).Select(p => (p, m.Second)));
}
