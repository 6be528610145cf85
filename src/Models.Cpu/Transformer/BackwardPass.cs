namespace AgentTeams;

/// <summary>
/// The backward pass over a batch whose activations were kept. Per layer there are two rounds: gradients of activations, in
/// parts of whole sequences; then gradients of weights, in parts of outputs.
/// </summary>
internal sealed unsafe class BackwardPass(TransformerWeights weights, RotaryTable rotary, Activations activations, ForwardPass forward) : IParallelWork
{
    private readonly ModelConfig _config = weights.Config;
    private readonly BackwardBuffers _gradients = new();
    private readonly WeightGradients _weightGradients = new();
    private FloatBuffer[] _scratch = [];
    private AdapterWeights? _adapter;
    private int _layer;

    /// <summary>The gradient behind the last layer, zero at first and to be filled; after <see cref="Run"/> that of the embeddings.</summary>
    public float* StreamGradient => _gradients.Output;

    public void Prepare(AdapterWeights? adapter)
    {
        _adapter = adapter;
        _gradients.Reserve(_config, forward.Rows, adapter?.Options.Rank ?? 0);
        while (_scratch.Length < forward.Parts) _scratch = [.. _scratch, new FloatBuffer()];
    }

    public void Run(WorkerPool pool)
    {
        for (_layer = _config.Layers - 1; _layer >= 0; _layer--)
        {
            pool.Run(this, forward.Parts);
            CollectWeightGradients();
            pool.Run(_weightGradients, _weightGradients.Parts);
            _gradients.Descend();
        }
    }

    public void Execute(int part)
    {
        var (first, end) = forward.RowsOf(part);
        FeedForward(first, end - first);
        Attend(part, first, end - first);
    }

    // The gradients of gate and up replace their values.
    private void FeedForward(int first, int rows)
    {
        var a = activations[_layer];
        nint inner = _config.IntermediateSize;
        Project(ProjectionKind.Down, _gradients.Output, _gradients.Activated, first, rows, add: false);
        for (nint row = first; row < first + rows; row++)
            Elementwise.SwiGluGradient(a.Gate + row * inner, a.Up + row * inner, _gradients.Activated + row * inner, _config.IntermediateSize);
        Project(ProjectionKind.Gate, a.Gate, _gradients.MiddleNormed, first, rows, add: false);
        Project(ProjectionKind.Up, a.Up, _gradients.MiddleNormed, first, rows, add: true);
        Normalize(a.Middle, weights.Layers[_layer].PostNorm, a.MiddleInverse, _gradients.MiddleNormed, _gradients.Output, _gradients.Middle, first, rows);
    }

    private void Attend(int part, int first, int rows)
    {
        var a = activations[_layer];
        Project(ProjectionKind.Output, _gradients.Middle, _gradients.Attended, first, rows, add: false);
        var (from, to) = forward.SegmentsOf(part);
        for (var s = from; s < to; s++) AttendSegment(part, forward.Segments[s], a);
        var (queryWidth, keyWidth) = ((nint)_config.Heads * _config.HeadSize, (nint)_config.KeyValueHeads * _config.HeadSize);
        for (var row = first; row < first + rows; row++)
        {
            var position = activations.Positions[row];
            Elementwise.Rotate(_gradients.Query + row * queryWidth, _config.Heads, _config.HeadSize, rotary.Cos(position), rotary.Sin(position), -1);
            Elementwise.Rotate(_gradients.Key + row * keyWidth, _config.KeyValueHeads, _config.HeadSize, rotary.Cos(position), rotary.Sin(position), -1);
        }

        Project(ProjectionKind.Query, _gradients.Query, _gradients.InputNormed, first, rows, add: false);
        Project(ProjectionKind.Key, _gradients.Key, _gradients.InputNormed, first, rows, add: true);
        Project(ProjectionKind.Value, _gradients.Value, _gradients.InputNormed, first, rows, add: true);
        Normalize(a.Input, weights.Layers[_layer].InputNorm, a.InputInverse, _gradients.InputNormed, _gradients.Middle, _gradients.Input, first, rows);
    }

    private void AttendSegment(int part, Segment segment, LayerActivations a)
    {
        var (cache, size, group) = (segment.Cache, _config.HeadSize, _config.Heads / _config.KeyValueHeads);
        nint matrix = (nint)cache.Capacity * cache.Stride;
        var scratch = _scratch[part].Ensure(4 * matrix + 2 * cache.Capacity);
        var valuesTransposed = scratch;
        var keys = scratch + matrix;
        var keyGradient = scratch + 2 * matrix;
        var valueGradient = scratch + 3 * matrix;
        var (queryWidth, keyWidth) = ((nint)_config.Heads * size, (nint)_config.KeyValueHeads * size);
        for (var kv = 0; kv < _config.KeyValueHeads; kv++)
        {
            new Span<float>(keyGradient, checked((int)(2 * matrix))).Clear();
            for (var j = 0; j < segment.Rows; j++)
            {
                var row = (segment.FirstRow + j) * keyWidth + kv * size;
                for (var d = 0; d < cache.Stride; d++) keys[j * cache.Stride + d] = d < size ? a.Key[row + d] : 0;
                for (var d = 0; d < size; d++) valuesTransposed[(nint)d * cache.Capacity + j] = a.Value[row + d];
            }

            var gradient = new AttentionGradient
            {
                Stride = cache.Stride, HeadSize = size, Capacity = cache.Capacity,
                KeysTransposed = cache.Keys(_layer, kv), ValuesTransposed = valuesTransposed, Keys = keys,
                KeyGradient = keyGradient, ValueGradient = valueGradient, Scratch = scratch + 4 * matrix,
            };
            for (var h = kv * group; h < (kv + 1) * group; h++)
            {
                for (var i = 0; i < segment.Rows; i++)
                {
                    var at = (segment.FirstRow + i) * queryWidth + h * size;
                    gradient.Accumulate(a.Query + at, _gradients.Attended + at, i + 1, _gradients.Query + at);
                }
            }

            for (var j = 0; j < segment.Rows; j++)
            {
                var row = (segment.FirstRow + j) * keyWidth + kv * size;
                new Span<float>(keyGradient + j * cache.Stride, size).CopyTo(new Span<float>(_gradients.Key + row, size));
                new Span<float>(valueGradient + j * cache.Stride, size).CopyTo(new Span<float>(_gradients.Value + row, size));
            }
        }
    }

    /// <summary>dx = the gradient of a projection's input, adapter included, for some rows; or dx += it.</summary>
    private void Project(ProjectionKind kind, float* dy, float* dx, int first, int rows, bool add)
    {
        var projection = weights.Layers[_layer][kind];
        projection.Backward(dy + (nint)first * projection.Outputs, dx + (nint)first * projection.Inputs, rows, add);
        if (_adapter?.At(_layer, kind) is not { } pair) return;
        var rank = _adapter.Options.Rank;
        var inner = _gradients.LowRank(kind) + (nint)first * rank;
        pair.B.Backward(dy + (nint)first * projection.Outputs, inner, rows, add: false);
        Elementwise.Scale(inner, _adapter.Scale, (long)rows * rank);
        pair.A.Backward(inner, dx + (nint)first * projection.Inputs, rows, add: true);
    }

    // dx = dOut + the norm's gradient.
    private void Normalize(float* x, float* norm, float* inverse, float* dNormed, float* dOut, float* dx, int first, int rows)
    {
        nint width = _config.HiddenSize;
        new Span<float>(dOut + first * width, checked((int)(rows * width))).CopyTo(new Span<float>(dx + first * width, checked((int)(rows * width))));
        for (nint row = first; row < first + rows; row++)
            Elementwise.RmsNormGradient(x + row * width, norm, dNormed + row * width, inverse[row], dx + row * width, _config.HiddenSize);
    }

    private void CollectWeightGradients()
    {
        var (a, g, layer) = (activations[_layer], _gradients, weights.Layers[_layer]);
        _weightGradients.Clear(forward.Rows);
        Collect(ProjectionKind.Query, g.Query, a.InputNormed);
        Collect(ProjectionKind.Key, g.Key, a.InputNormed);
        Collect(ProjectionKind.Value, g.Value, a.InputNormed);
        Collect(ProjectionKind.Output, g.Middle, a.Attended);
        Collect(ProjectionKind.Gate, a.Gate, a.MiddleNormed);
        Collect(ProjectionKind.Up, a.Up, a.MiddleNormed);
        Collect(ProjectionKind.Down, g.Output, a.Activated);
        if (_adapter is not null) return;
        _weightGradients.AddNorm(a.Input, g.InputNormed, a.InputInverse, layer.InputNormGradient, _config.HiddenSize);
        _weightGradients.AddNorm(a.Middle, g.MiddleNormed, a.MiddleInverse, layer.PostNormGradient, _config.HiddenSize);
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
