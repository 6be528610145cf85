using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace AgentTeams.Models.Torch;

/// <summary>
/// Named tensors that are trained together. Values, gradients and optimiser moments lie in one tensor each, so that an update is
/// a few kernels over all of them. Values in bfloat16 have float32 masters once they are trained.
/// </summary>
/// <param name="device">Where they lie.</param>
/// <param name="type">The element type of the values.</param>
/// <param name="owner">How errors name them.</param>
/// <param name="remedy">What to change where there is no memory for the values.</param>
internal sealed class ParameterSet(Device device, ScalarType type, string owner, string remedy) : ITrainedParameters, IDisposable
{
    private readonly List<Parameter> _parameters = [];
    private Tensor? _values;
    private Tensor? _master;
    private Tensor? _partial;
    private Tensor? _gradients;
    private Tensor? _first;
    private Tensor? _second;

    public IReadOnlyList<Parameter> Parameters => _parameters;

    public long Count { get; private set; }

    public long Updates { get; private set; }

    public long OptimizerSteps { get; private set; }

    public bool IsChanged { get; private set; }

    public ScalarType Type => type;

    /// <summary>What training changes: the values themselves, or their float32 masters.</summary>
    public Tensor Trained => _master ?? _values!;

    /// <summary>The gradient, in float32.</summary>
    public Tensor Gradients => _gradients!;

    public Tensor FirstMoments => _first!;

    public Tensor SecondMoments => _second!;

    /// <summary>Whether a gradient was accumulated since the last update.</summary>
    public bool HasGradient { get; set; }

    public Parameter Add(string name, params int[] shape)
    {
        var parameter = new Parameter(name, shape, Count);
        Count += parameter.Count;
        _parameters.Add(parameter);
        return parameter;
    }

    public void Allocate() => Compute(() =>
    {
        using var scope = NewDisposeScope();
        MemoryNeed.Allocate(device, Count * type.ElementSize(), $"{owner}, {Count:N0} parameters in {type}", remedy, () => _values = Keep(Zeros(type)));
        foreach (var parameter in _parameters) parameter.Value = Keep(parameter.Of(_values!).detach());
    });

    public void Randomize(Random random, ModelConfig config)
    {
        foreach (var parameter in _parameters)
        {
            var values = new float[parameter.Count];
            RandomWeights.Fill(parameter.Name, parameter.Shape, config, random, values);
            TensorData.Set(parameter.Value, values);
        }
    }

    /// <summary>Gradients, moments and masters exist only once something is trained.</summary>
    public void EnsureTrainable()
    {
        if (_gradients is null) Compute(AllocateTraining);
    }

    /// <summary>Whether gradients flow into the values.</summary>
    public void SetTraining(bool on)
    {
        foreach (var parameter in _parameters) parameter.Value.requires_grad = on;
    }

    /// <summary>Adds what one backward pass left to the gradient.</summary>
    public void CollectGradient()
    {
        HasGradient = true;
        if (_partial is null) return;
        _gradients!.add_(_partial);
        _partial.zero_();
    }

    public void ClearGradient() => Compute(() =>
    {
        using var scope = NewDisposeScope();
        HasGradient = false;
        _gradients?.zero_();
        _partial?.zero_();
    });

    /// <summary>Records an update of <see cref="Trained"/> and forgets its gradient.</summary>
    public void Updated()
    {
        Updates++;
        OptimizerSteps++;
        MarkChanged();
        Refresh();
        ClearGradient();
    }

    /// <summary>Brings the values up to date with their masters.</summary>
    public void Refresh()
    {
        if (_master is not null) Compute(() => _values!.copy_(_master));
    }

    public void CopyFrom(ParameterSet other) => Compute(() => _values!.copy_(other._values!));

    public void EnsureMaster()
    {
        if (type != ScalarType.Float32) Compute(() => _master ??= Keep(_values!.to(ScalarType.Float32)));
    }

    public IReadOnlyList<SafeTensorSource> Export()
    {
        var stored = Trained.dtype == ScalarType.BFloat16 ? SafeTensorTypes.BFloat16 : SafeTensorTypes.Float32;
        return [.. _parameters.Select(p => new SafeTensorSource(p.Name, p.Shape, stored, sink =>
        {
            using var scope = NewDisposeScope();
            sink.Write(TensorData.ToArray(p.Of(Trained)));
        }))];
    }

    public IReadOnlyList<SafeTensorSource> ExportMoments()
    {
        EnsureTrainable();
        return [.. Moments().Select(m => new SafeTensorSource(m.Part.Name, [m.Part.Count], SafeTensorTypes.Float32, sink =>
        {
            using var scope = NewDisposeScope();
            sink.Write(TensorData.ToArray(m.Values.narrow(0, m.Part.From, m.Part.Count)));
        }))];
    }

    public void Check(CheckpointFolder folder)
    {
        foreach (var parameter in _parameters) folder.Check(parameter.Name, parameter.Shape);
        folder.RequireOnly(_parameters.Select(p => p.Name));
    }

    public void CheckMoments(SafeTensorsFile file) => MomentPart.Check(file, Count);

    /// <summary>Says that values were changed by something else than an update.</summary>
    public void MarkChanged() => IsChanged = true;

    void ITrainedParameters.Import(CheckpointFolder folder, bool trained)
    {
        Import(folder, trained);
        MarkChanged();
    }

    public void Import(CheckpointFolder folder, bool trained)
    {
        Check(folder);
        using var scope = NewDisposeScope();
        if (trained) EnsureMaster();
        foreach (var parameter in _parameters)
        {
            var values = new float[parameter.Count];
            folder.Read(parameter.Name, parameter.Shape, values);
            TensorData.Set(parameter.Of(Trained), values);
        }

        Refresh();
        (Updates, OptimizerSteps) = (0, 0);
        Compute(() =>
        {
            _first?.zero_();
            _second?.zero_();
        });
    }

    public void ImportUpdates(long updates, long optimizerSteps, SafeTensorsFile? moments)
    {
        if (moments is null) ReleaseOptimizer();
        else ReadMoments(moments);
        (Updates, OptimizerSteps) = (updates, optimizerSteps);
        MarkChanged();
    }

    public void ReleaseOptimizer()
    {
        foreach (var parameter in _parameters) parameter.Value.grad = null;
        foreach (var tensor in new[] { _partial, _gradients, _first, _second }) tensor?.Dispose();
        (_partial, _gradients, _first, _second) = (null, null, null, null);
        (HasGradient, OptimizerSteps) = (false, 0);
    }

    public float[] Read()
    {
        EnsureMaster();
        return TensorData.ToArray(Trained);
    }

    public void Write(ReadOnlySpan<float> values, bool isUpdate)
    {
        EnsureMaster();
        TensorData.Set(Trained, values.ToArray());
        Refresh();
        if (isUpdate) Updates++;
        MarkChanged();
    }

    public void Restore(ITrainedParameters from)
    {
        Compute(() =>
        {
            using var scope = NewDisposeScope();
            using var quiet = no_grad();
            Trained.copy_(((ParameterSet)from)._values!);
        });
        Refresh();
        ReleaseOptimizer();
        Updates++;
        MarkChanged();
    }

    public void AppendTo(IncrementalHash hash)
    {
        using var scope = NewDisposeScope();
        foreach (var parameter in _parameters) hash.AppendData(MemoryMarshal.AsBytes(TensorData.ToArray(parameter.Of(Trained)).AsSpan()));
    }

    public void Dispose()
    {
        foreach (var parameter in _parameters)
        {
            // What could not be allocated has no values.
            if (parameter.Value is not { } value) continue;
            value.grad = null;
            value.Dispose();
        }

        foreach (var tensor in new[] { _values, _master, _partial, _gradients, _first, _second }) tensor?.Dispose();
    }

    private void ReadMoments(SafeTensorsFile file)
    {
        EnsureTrainable();
        foreach (var (part, moments) in Moments())
        {
            using var scope = NewDisposeScope();
            var values = new float[part.Count];
            file.Read(part.Name, [part.Count], values);
            TensorData.Set(moments.narrow(0, part.From, part.Count), values);
        }
    }

    private void Compute(Action work) => ComputeThread.Run(device, work);

    private static Tensor Keep(Tensor tensor) => tensor.DetachFromDisposeScope();

    private void AllocateTraining()
    {
        using var scope = NewDisposeScope();
        MemoryNeed.Allocate(device, Count * (type == ScalarType.Float32 ? 16 : 20),
            $"training {owner}, {Count:N0} parameters with gradient and optimiser state",
            "Train adapters instead of all weights, lower their rank, or take a smaller model.", () =>
        {
            // All or nothing, so that what was refused can be tried again.
            EnsureMaster();
            var (gradients, first, second) = (Zeros(ScalarType.Float32), Zeros(ScalarType.Float32), Zeros(ScalarType.Float32));
            // Autograd adds a gradient in the type of the value; many additions in bfloat16 would lose the small ones.
            _partial = _master is null ? null : Keep(Zeros(type));
            (_gradients, _first, _second) = (Keep(gradients), Keep(first), Keep(second));
        });
        foreach (var parameter in _parameters) parameter.Value.grad = parameter.Of((_partial ?? _gradients)!);
    }

    private Tensor Zeros(ScalarType of) => zeros(Count, of, device);

    private IEnumerable<(MomentPart Part, Tensor Values)> Moments() =>
        MomentPart.Names.Zip([_first!, _second!]).SelectMany(m => MomentPart.Of(m.First, Count).Select(p => (p, m.Second)));
}
