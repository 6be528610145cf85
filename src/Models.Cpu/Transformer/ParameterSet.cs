using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace AgentTeams;

/// <summary>Named tensors that are trained together: their values, gradients and optimiser moments, each in one block of memory.</summary>
internal sealed unsafe class ParameterSet
{
    private readonly List<ParameterView> _views = [];
    private readonly FloatBuffer _values = new();
    private readonly FloatBuffer _gradients = new();
    private float[] _first = [];
    private float[] _second = [];

    public IReadOnlyList<ParameterView> Views => _views;

    public int Count { get; private set; }

    public long Updates { get; set; }

    public float* Values => _values.Pointer;

    public float* Gradients => _gradients.Pointer;

    public Span<float> ValueSpan => _values.Span[..Count];

    public Span<float> GradientSpan => _gradients.Span[..Count];

    public ParameterView Add(string name, params int[] shape)
    {
        var view = new ParameterView(name, shape, Count, shape.Aggregate(1, (a, b) => checked(a * b)));
        Count = checked(Count + view.Count);
        _views.Add(view);
        return view;
    }

    public void Allocate() => _values.EnsureZeroed(Count);

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

    public OptimizerReport Apply(OptimizerStep step, string owner, WorkerPool pool)
    {
        EnsureTrainable();
        var optimizer = new AdamW(this, _first, _second);
        var norm = optimizer.GradientNorm(pool);
        if (!double.IsFinite(norm))
        {
            ClearGradients();
            throw new AgentTeamsException($"The gradient of '{owner}' has the norm {norm}; the update was refused and the weights kept. Lower the learning rate or look for the row that caused it.");
        }

        // The small constant matches the usual implementation of norm clipping.
        var clip = Math.Min(1, step.MaxGradientNorm / (norm + 1e-6));
        optimizer.Update(step, ++Updates, clip, pool);
        ClearGradients();
        return new(norm, Updates);
    }

    public IEnumerable<SafeTensor> Export() =>
        _views.Select(v => new SafeTensor(v.Name, v.Shape, ValueSpan.Slice(v.Offset, v.Count).ToArray()));

    public IEnumerable<SafeTensor> ExportMoments()
    {
        EnsureTrainable();
        return [new("first_moment", [Count], _first), new("second_moment", [Count], _second)];
    }

    /// <summary>Takes over values by name after checking that all are there with the right shapes.</summary>
    public void Import(IReadOnlyDictionary<string, SafeTensor> tensors, string source)
    {
        foreach (var view in _views)
        {
            if (!tensors.TryGetValue(view.Name, out var tensor))
                throw new ModelFormatException($"'{source}' lacks the tensor '{view.Name}'.");
            if (!tensor.Shape.SequenceEqual(view.Shape))
                throw new ModelFormatException($"The tensor '{view.Name}' in '{source}' has the shape [{string.Join(", ", tensor.Shape)}]; expected [{string.Join(", ", view.Shape)}].");
        }

        foreach (var view in _views) tensors[view.Name].Values.CopyTo(ValueSpan.Slice(view.Offset, view.Count));
    }

    public void ImportMoments(IReadOnlyDictionary<string, SafeTensor> tensors, long updates, string source)
    {
        if (!tensors.TryGetValue("first_moment", out var first) || !tensors.TryGetValue("second_moment", out var second)
            || first.Values.Length != Count || second.Values.Length != Count)
            throw new ModelFormatException($"'{source}' does not hold the optimiser state of {Count} parameters.");
        EnsureTrainable();
        first.Values.CopyTo(_first, 0);
        second.Values.CopyTo(_second, 0);
        Updates = updates;
    }

    public void ResetMoments()
    {
        Array.Clear(_first);
        Array.Clear(_second);
        Updates = 0;
    }

    public void AppendTo(IncrementalHash hash) => hash.AppendData(MemoryMarshal.AsBytes(ValueSpan));
}

/// <summary>Where a tensor lies in its set.</summary>
internal sealed record ParameterView(string Name, IReadOnlyList<int> Shape, int Offset, int Count);
