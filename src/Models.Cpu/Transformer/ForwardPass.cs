using System.Runtime.CompilerServices;

namespace AgentTeams;

/// <summary>
/// The forward pass over a batch of segments. Sequences do not interact, so each part computes all layers of its own segments
/// without waiting for the others.
/// </summary>
internal sealed unsafe class ForwardPass(TransformerWeights weights, RotaryTable rotary, Activations activations) : IParallelWork
{
    private readonly ModelConfig _config = weights.Config;
    private readonly List<Segment> _segments = [];
    private readonly List<int> _bounds = [];
    private FloatBuffer[] _scratch = [];
    private int _rows;
    private int _maxRank;

    public IReadOnlyList<Segment> Segments => _segments;

    public int Rows => _rows;

    public int Parts => _bounds.Count - 1;

    public void Clear()
    {
        _segments.Clear();
        (_rows, _maxRank) = (0, 0);
    }

    public void Add(KeyValueCache cache, int firstPosition, int rows, AdapterWeights? adapter)
    {
        _segments.Add(new(cache, firstPosition, _rows, rows, adapter));
        _rows += rows;
        _maxRank = Math.Max(_maxRank, adapter?.Options.Rank ?? 0);
    }

    /// <summary>Reserves memory; afterwards ids and positions of each row are to be filled in.</summary>
    public void Prepare(int threads)
    {
        activations.Reserve(_rows, _maxRank);
        _bounds.Clear();
        _bounds.Add(0);
        for (var s = 0; s < _segments.Count; s++)
        {
            var end = _segments[s].FirstRow + _segments[s].Rows;
            if (s + 1 == _segments.Count || (long)end * threads >= (long)_rows * _bounds.Count) _bounds.Add(s + 1);
        }

        while (_scratch.Length < Parts) _scratch = [.. _scratch, new FloatBuffer()];
    }

    /// <summary>The segments of a part: from the first up to, not including, the second.</summary>
    public (int From, int To) SegmentsOf(int part) => (_bounds[part], _bounds[part + 1]);

    public (int From, int To) RowsOf(int part)
    {
        var (from, to) = SegmentsOf(part);
        return (_segments[from].FirstRow, _segments[to - 1].FirstRow + _segments[to - 1].Rows);
    }

    public void Execute(int part)
    {
        var (first, end) = RowsOf(part);
        Embed(first, end);
        for (var layer = 0; layer < _config.Layers; layer++)
        {
            Attend(layer, part, first, end - first);
            FeedForward(layer, part, first, end - first);
        }
    }

    /// <summary>y = projection of x, adapters included, for the rows of a part; or y += it.</summary>
    private void Project(int layer, ProjectionKind kind, int part, float* x, float* y, bool add)
    {
        var projection = weights.Layers[layer][kind];
        var (from, to) = SegmentsOf(part);
        var (first, end) = RowsOf(part);
        projection.Forward(x + (nint)first * projection.Inputs, y + (nint)first * projection.Outputs, end - first, add);
        for (var s = from; s < to;)
        {
            var adapter = _segments[s].Adapter;
            var row = _segments[s].FirstRow;
            while (++s < to && _segments[s].Adapter == adapter) { }
            if (adapter?.At(layer, kind) is not { } pair) continue;
            var rows = (s < to ? _segments[s].FirstRow : end) - row;
            var inner = activations[layer].LowRank(kind) + (nint)row * _maxRank;
            pair.A.Forward(x + (nint)row * projection.Inputs, inner, rows, add: false);
            Elementwise.Scale(inner, adapter.Scale, (long)rows * adapter.Options.Rank);
            pair.B.Forward(inner, y + (nint)row * projection.Outputs, rows, add: true);
        }
    }

    private void Embed(int first, int end)
    {
        var width = _config.HiddenSize;
        var stream = activations.Stream(0);
        for (var row = first; row < end; row++)
            Copy(weights.Embedding + (nint)activations.Ids[row] * width, stream + (nint)row * width, width);
    }

    private void Attend(int layer, int part, int first, int rows)
    {
        var a = activations[layer];
        Normalize(activations.Stream(layer), weights.Layers[layer].InputNorm, a.InputNormed, a.InputInverse, first, rows);
        Project(layer, ProjectionKind.Query, part, a.InputNormed, a.Query, add: false);
        Project(layer, ProjectionKind.Key, part, a.InputNormed, a.Key, add: false);
        Project(layer, ProjectionKind.Value, part, a.InputNormed, a.Value, add: false);
        var (queryWidth, keyWidth) = (_config.Heads * _config.HeadSize, _config.KeyValueHeads * _config.HeadSize);
        for (var row = first; row < first + rows; row++)
        {
            var position = activations.Positions[row];
            Elementwise.Rotate(a.Query + (nint)row * queryWidth, _config.Heads, _config.HeadSize, rotary.Cos(position), rotary.Sin(position), 1);
            Elementwise.Rotate(a.Key + (nint)row * keyWidth, _config.KeyValueHeads, _config.HeadSize, rotary.Cos(position), rotary.Sin(position), 1);
        }

        var (from, to) = SegmentsOf(part);
        for (var s = from; s < to; s++) AttendSegment(layer, part, _segments[s], a, queryWidth, keyWidth);
        CopyStream(activations.Stream(layer), activations.Middle(layer), first, rows);
        Project(layer, ProjectionKind.Output, part, a.Attended, activations.Middle(layer), add: true);
    }

    private void AttendSegment(int layer, int part, Segment segment, LayerActivations a, int queryWidth, int keyWidth)
    {
        for (var i = 0; i < segment.Rows; i++)
        {
            var row = (nint)(segment.FirstRow + i) * keyWidth;
            segment.Cache.Store(layer, segment.FirstPosition + i, a.Key + row, a.Value + row);
        }

        var group = _config.Heads / _config.KeyValueHeads;
        var scores = _scratch[part].Ensure(segment.Cache.Capacity);
        for (var h = 0; h < _config.Heads; h++)
        {
            var keys = segment.Cache.Keys(layer, h / group);
            var values = segment.Cache.Values(layer, h / group);
            for (var i = 0; i < segment.Rows; i++)
            {
                var at = (nint)(segment.FirstRow + i) * queryWidth + h * _config.HeadSize;
                var length = segment.FirstPosition + i + 1;
                Attention.Weights(a.Query + at, keys, segment.Cache.Capacity, _config.HeadSize, length, scores);
                Attention.WeightedSum(scores, values, segment.Cache.Stride, _config.HeadSize, length, a.Attended + at);
            }
        }
    }

    private void FeedForward(int layer, int part, int first, int rows)
    {
        var a = activations[layer];
        Normalize(activations.Middle(layer), weights.Layers[layer].PostNorm, a.MiddleNormed, a.MiddleInverse, first, rows);
        Project(layer, ProjectionKind.Gate, part, a.MiddleNormed, a.Gate, add: false);
        Project(layer, ProjectionKind.Up, part, a.MiddleNormed, a.Up, add: false);
        var width = _config.IntermediateSize;
        for (nint row = first; row < first + rows; row++)
            Elementwise.SwiGlu(a.Gate + row * width, a.Up + row * width, a.Activated + row * width, width);
        CopyStream(activations.Middle(layer), activations.Stream(layer + 1), first, rows);
        Project(layer, ProjectionKind.Down, part, a.Activated, activations.Stream(layer + 1), add: true);
    }

    private void Normalize(float* stream, float* norm, float* normed, float* inverse, int first, int rows)
    {
        var width = _config.HiddenSize;
        for (nint row = first; row < first + rows; row++)
            inverse[row] = Elementwise.RmsNorm(stream + row * width, norm, normed + row * width, width, _config.RmsNormEpsilon);
    }

    private void CopyStream(float* from, float* to, int first, int rows)
    {
        if (from != to) Copy(from + (nint)first * _config.HiddenSize, to + (nint)first * _config.HiddenSize, (nint)rows * _config.HiddenSize);
    }

    private static void Copy(float* from, float* to, nint count) => Unsafe.CopyBlock(to, from, (uint)(count * sizeof(float)));
}
