namespace AgentTeams.Models;

/// <summary>
/// The backward pass over a batch. Per layer there are two rounds: gradients of activations, in parts of whole sequences; then
/// gradients of weights, in parts of outputs.
/// </summary>
internal sealed unsafe class BackwardPass(DecoderWeights weights, RotaryTables rotary, Activations activations, ForwardPass forward) : IParallelWork
{
    [ThreadStatic]
    private static FloatBuffer? s_scratch;

    private readonly ModelConfig _config = weights.Config;
    private readonly BackwardBuffers _gradients = new();
    private readonly WeightGradients _weightGradients = new();
    private AdapterWeights? _adapter;
    private int _layer;

    /// <summary>The gradient behind the last layer, zero at first and to be filled; after <see cref="Run"/> that of the embeddings.</summary>
    public float* StreamGradient => _gradients.Output;

    public void Prepare(AdapterWeights? adapter)
    {
        _adapter = adapter;
        _gradients.Reserve(_config, forward.Rows, adapter?.Options.MaxRank ?? 0);
    }

    public void Run(WorkerPool pool)
    {
        for (_layer = _config.Layers - 1; _layer >= 0; _layer--)
        {
            pool.Run(this, forward.Parts);
            CollectWeightGradients();
            _weightGradients.Run(pool);
            _gradients.Descend();
        }
    }

    public void Execute(int part)
    {
        if (activations.Storage == ActivationStorage.Recomputed) forward.Recompute(_layer, part);
        var (first, end) = forward.RowsOf(part);
        FeedForward(first, end - first);
        Attend(part, first, end - first);
    }

    // The gradients of gate and up replace their values.
    private void FeedForward(int first, int rows)
    {
        var (a, w) = (activations[_layer], weights.Layers[_layer]);
        nint inner = _config.IntermediateSize;
        if (_config.Family.HasPostNorms)
            NormalizeOutput(a.FeedForwardOutput, w.FeedForwardNorm, a.FeedForwardInverse, _gradients.Output, _gradients.FeedForwardOutput, first, rows);
        Project(ProjectionKind.Down, _gradients.FeedForwardOutput, _gradients.Activated, first, rows, add: false);
        for (nint row = first; row < first + rows; row++) Activate(a.Gate + row * inner, a.Up + row * inner, _gradients.Activated + row * inner);
        Project(ProjectionKind.Gate, a.Gate, _gradients.MiddleNormed, first, rows, add: false);
        Project(ProjectionKind.Up, a.Up, _gradients.MiddleNormed, first, rows, add: true);
        Normalize(a.Middle, w.MiddleNorm, a.MiddleInverse, _gradients.MiddleNormed, _gradients.Output, _gradients.Middle, first, rows);
    }

    private void Attend(int part, int first, int rows)
    {
        var a = activations[_layer];
        if (_config.Family.HasPostNorms)
        {
            NormalizeOutput(a.AttentionOutput, weights.Layers[_layer].AttentionNorm, a.AttentionInverse, _gradients.Middle, _gradients.AttentionOutput,
                first, rows);
        }

        Project(ProjectionKind.Output, _gradients.AttentionOutput, _gradients.Attended, first, rows, add: false);
        var (from, to) = forward.SegmentsOf(part);
        for (var s = from; s < to; s++) AttendSegment(forward.Segments[s], a);
        Rotate(a, first, rows);
        Project(ProjectionKind.Query, _gradients.QueryRaw, _gradients.InputNormed, first, rows, add: false);
        Project(ProjectionKind.Key, _gradients.KeyRaw, _gradients.InputNormed, first, rows, add: true);
        Project(ProjectionKind.Value, _gradients.Value, _gradients.InputNormed, first, rows, add: true);
        Normalize(activations.Stream(_layer), weights.Layers[_layer].InputNorm, a.InputInverse, _gradients.InputNormed, _gradients.Middle, _gradients.Input,
            first, rows);
    }

    private void Rotate(LayerActivations a, int first, int rows)
    {
        var (w, size, table, rotated) = (weights.Layers[_layer], _config.HeadSize, rotary[_layer], _config.RotatedSize);
        nint queryWidth = _config.Heads * size, keyWidth = _config.KeyValueHeads * size;
        for (nint row = first; row < first + rows; row++)
        {
            var position = activations.Positions[row];
            Elementwise.Rotate(_gradients.Query + row * queryWidth, _config.Heads, size, rotated, table.Cos(position), table.Sin(position), -1);
            Elementwise.Rotate(_gradients.Key + row * keyWidth, _config.KeyValueHeads, size, rotated, table.Cos(position), table.Sin(position), -1);
            if (!_config.QueryKeyNorm) continue;
            NormalizeHeads(a.QueryRaw + row * queryWidth, w.QueryNorm, _gradients.Query + row * queryWidth, a.QueryInverse + row * _config.Heads,
                _gradients.QueryRaw + row * queryWidth, _config.Heads);
            NormalizeHeads(a.KeyRaw + row * keyWidth, w.KeyNorm, _gradients.Key + row * keyWidth, a.KeyInverse + row * _config.KeyValueHeads,
                _gradients.KeyRaw + row * keyWidth, _config.KeyValueHeads);
        }
    }

    private void NormalizeHeads(float* x, float* norm, float* dNormed, float* inverse, float* dx, int heads)
    {
        var size = _config.HeadSize;
        new Span<float>(dx, heads * size).Clear();
        for (var h = 0; h < heads; h++)
            Elementwise.RmsNormGradient(x + h * size, norm, _config.NormOffset, dNormed + h * size, inverse[h], dx + h * size, size);
    }

    private void AttendSegment(Segment segment, LayerActivations a)
    {
        using var _ = WorkClock.Measure(WorkKind.Attention);
        var (size, group) = (_config.HeadSize, _config.Heads / _config.KeyValueHeads);
        nint queryWidth = _config.Heads * size, keyWidth = _config.KeyValueHeads * size;
        var scratch = (s_scratch ??= new FloatBuffer()).Ensure(AttentionGradient.ScratchSize(segment.Rows, weights.Layout.Stride));
        for (var kv = 0; kv < _config.KeyValueHeads; kv++)
        {
            var at = segment.FirstRow * keyWidth + kv * size;
            var head = weights.Layout.Head((nint*)segment.Pages, _layer, kv);
            var gradient = new AttentionGradient(head, segment.Rows, a.Key + at, a.Value + at, keyWidth, scratch);
            for (var h = kv * group; h < (kv + 1) * group; h++)
            {
                var query = segment.FirstRow * queryWidth + h * size;
                gradient.Accumulate(a.Query + query, _gradients.Attended + query, queryWidth, _gradients.Query + query);
            }

            for (nint j = 0; j < segment.Rows; j++)
            {
                new Span<float>(gradient.KeyGradient + j * head.Stride, size).CopyTo(new Span<float>(_gradients.Key + at + j * keyWidth, size));
                new Span<float>(gradient.ValueGradient + j * head.Stride, size).CopyTo(new Span<float>(_gradients.Value + at + j * keyWidth, size));
            }
        }
    }

    /// <summary>dx = the gradient of a projection's input, adapter included, for some rows; or dx += it.</summary>
    private void Project(ProjectionKind kind, float* dy, float* dx, int first, int rows, bool add)
    {
        var projection = weights.Layers[_layer][kind];
        projection.Backward(dy + (nint)first * projection.Outputs, dx + (nint)first * projection.Inputs, rows, add);
        if (_adapter?.At(_layer, kind) is not { } pair) return;
        var inner = _gradients.LowRank(kind) + (nint)first * pair.Rank;
        pair.B.Backward(dy + (nint)first * projection.Outputs, inner, rows, add: false);
        Elementwise.Scale(inner, pair.Scale, (long)rows * pair.Rank);
        pair.A.Backward(inner, dx + (nint)first * projection.Inputs, rows, add: true);
    }

    // dx = dOut + the norm's gradient.
    private void Normalize(float* x, float* norm, float* inverse, float* dNormed, float* dOut, float* dx, int first, int rows)
    {
        nint width = _config.HiddenSize;
        new Span<float>(dOut + first * width, checked((int)(rows * width))).CopyTo(new Span<float>(dx + first * width, checked((int)(rows * width))));
        for (nint row = first; row < first + rows; row++)
            Elementwise.RmsNormGradient(x + row * width, norm, _config.NormOffset, dNormed + row * width, inverse[row], dx + row * width, _config.HiddenSize);
    }

    // The gradient of what a norm behind a block reads; that of what it gives is the stream's.
    private void NormalizeOutput(float* x, float* norm, float* inverse, float* dNormed, float* dx, int first, int rows)
    {
        nint width = _config.HiddenSize;
        new Span<float>(dx + first * width, checked((int)(rows * width))).Clear();
        for (nint row = first; row < first + rows; row++)
            Elementwise.RmsNormGradient(x + row * width, norm, _config.NormOffset, dNormed + row * width, inverse[row], dx + row * width, _config.HiddenSize);
    }

    private void Activate(float* gate, float* up, float* dOutput)
    {
        if (_config.Family.HasGeluGate) GatedUnit<GeluGate>.Backward(gate, up, dOutput, _config.IntermediateSize);
        else GatedUnit<SiluGate>.Backward(gate, up, dOutput, _config.IntermediateSize);
    }

    private void CollectWeightGradients()
    {
        var (a, g, layer) = (activations[_layer], _gradients, weights.Layers[_layer]);
        _weightGradients.Clear(forward.Rows);
        Collect(ProjectionKind.Gate, a.Gate, a.MiddleNormed);
        Collect(ProjectionKind.Up, a.Up, a.MiddleNormed);
        Collect(ProjectionKind.Down, g.FeedForwardOutput, a.Activated);
        Collect(ProjectionKind.Query, g.QueryRaw, a.InputNormed);
        Collect(ProjectionKind.Output, g.AttentionOutput, a.Attended);
        Collect(ProjectionKind.Key, g.KeyRaw, a.InputNormed);
        Collect(ProjectionKind.Value, g.Value, a.InputNormed);
        if (_adapter is not null) return;
        _weightGradients.AddNorm(activations.Stream(_layer), g.InputNormed, a.InputInverse, layer.InputNormGradient, _config.HiddenSize);
        _weightGradients.AddNorm(a.Middle, g.MiddleNormed, a.MiddleInverse, layer.MiddleNormGradient, _config.HiddenSize);
        if (_config.Family.HasPostNorms)
        {
            _weightGradients.AddNorm(a.AttentionOutput, g.Middle, a.AttentionInverse, layer.AttentionNormGradient, _config.HiddenSize);
            _weightGradients.AddNorm(a.FeedForwardOutput, g.Output, a.FeedForwardInverse, layer.FeedForwardNormGradient, _config.HiddenSize);
        }

        if (!_config.QueryKeyNorm) return;
        _weightGradients.AddNorm(a.QueryRaw, g.Query, a.QueryInverse, layer.QueryNormGradient, _config.HeadSize, _config.Heads);
        _weightGradients.AddNorm(a.KeyRaw, g.Key, a.KeyInverse, layer.KeyNormGradient, _config.HeadSize, _config.KeyValueHeads);
    }

    private void Collect(ProjectionKind kind, float* dy, float* x)
    {
        if (_adapter is null)
        {
            _weightGradients.Add(weights.Layers[_layer][kind], dy, x);
        }
        else if (_adapter.At(_layer, kind) is { } pair)
        {
            _weightGradients.Add(pair.B, dy, activations[_layer].LowRank(kind));
            _weightGradients.Add(pair.A, _gradients.LowRank(kind), x);
        }
    }
}
