using System.Runtime.CompilerServices;

namespace AgentTeams.Models;

/// <summary>One transformer layer, forwards, for some segments of a batch.</summary>
internal sealed unsafe class LayerForward(DecoderWeights weights, RotaryTables rotary, Activations activations, bool samples)
{
    [ThreadStatic]
    private static FloatBuffer? s_scratch;

    private readonly ModelConfig _config = weights.Config;
    private readonly PageLayout _layout = weights.Layout;
    private IReadOnlyList<Segment> _segments = [];
    private int _maxLength;
    private int _maxRank;
    private bool _oneAdapter;

    public void Prepare(IReadOnlyList<Segment> segments, int maxLength, int maxRank)
    {
        (_segments, _maxLength, _maxRank) = (segments, maxLength, maxRank);
        _oneAdapter = IsOneAdapter(segments);
    }

    /// <summary>Computes the segments from one up to, not including, another.</summary>
    public void Execute(int layer, (int From, int To) segments, RowTeam team)
    {
        Attend(layer, segments, team);
        FeedForward(layer, segments, team);
    }

    private static bool IsOneAdapter(IReadOnlyList<Segment> segments)
    {
        AdapterWeights? one = null;
        for (var s = 0; s < segments.Count; s++)
        {
            if (segments[s].Adapter is not { } adapter) continue;
            one ??= adapter;
            if (adapter != one) return false;
        }

        return true;
    }

    private (int First, int End) Rows((int From, int To) segments) => (_segments[segments.From].FirstRow, _segments[segments.To - 1].EndRow);

    private (int First, int End) OwnRows((int From, int To) segments, RowTeam team)
    {
        var (first, end) = Rows(segments);
        var (from, to) = team.Share(end - first);
        return (first + from, first + to);
    }

    private void Attend(int layer, (int From, int To) segments, RowTeam team)
    {
        var (a, w) = (activations[layer], weights.Layers[layer]);
        var own = OwnRows(segments, team);
        Normalize(activations.Stream(layer), w.InputNorm, a.InputNormed, a.InputInverse, own);
        team.Wait();
        Project(layer, ProjectionKind.Query, segments, team, a.InputNormed, a.QueryRaw, add: false);
        Project(layer, ProjectionKind.Key, segments, team, a.InputNormed, a.KeyRaw, add: false);
        Project(layer, ProjectionKind.Value, segments, team, a.InputNormed, a.Value, add: false);
        team.Wait();
        Rotate(layer, a, own);
        Store(layer, a, segments, own);
        CopyStream(activations.Stream(layer), activations.Middle(layer), own);
        team.Wait();
        AttendSegments(layer, a, segments, team);
        team.Wait();
        if (_config.Family.HasPostNorms)
        {
            Project(layer, ProjectionKind.Output, segments, team, a.Attended, a.AttentionOutput, add: false);
            team.Wait();
            AddNormalized(a.AttentionOutput, w.AttentionNorm, a.AttentionInverse, activations.Middle(layer), own);
        }
        else
        {
            Project(layer, ProjectionKind.Output, segments, team, a.Attended, activations.Middle(layer), add: true);
        }

        team.Wait();
    }

    private void FeedForward(int layer, (int From, int To) segments, RowTeam team)
    {
        var (a, w) = (activations[layer], weights.Layers[layer]);
        var own = OwnRows(segments, team);
        Normalize(activations.Middle(layer), w.MiddleNorm, a.MiddleNormed, a.MiddleInverse, own);
        team.Wait();
        Project(layer, ProjectionKind.Gate, segments, team, a.MiddleNormed, a.Gate, add: false);
        Project(layer, ProjectionKind.Up, segments, team, a.MiddleNormed, a.Up, add: false);
        team.Wait();
        Activate(a, own);
        CopyStream(activations.Middle(layer), activations.Stream(layer + 1), own);
        team.Wait();
        if (_config.Family.HasPostNorms)
        {
            Project(layer, ProjectionKind.Down, segments, team, a.Activated, a.FeedForwardOutput, add: false);
            team.Wait();
            AddNormalized(a.FeedForwardOutput, w.FeedForwardNorm, a.FeedForwardInverse, activations.Stream(layer + 1), own);
        }
        else
        {
            Project(layer, ProjectionKind.Down, segments, team, a.Activated, activations.Stream(layer + 1), add: true);
        }

        team.Wait();
    }

    private void Activate(LayerActivations a, (int First, int End) rows)
    {
        var width = _config.IntermediateSize;
        for (nint at = (nint)rows.First * width; at < (nint)rows.End * width; at += width)
        {
            if (_config.Family.HasGeluGate) GatedUnit<GeluGate>.Forward(a.Gate + at, a.Up + at, a.Activated + at, width);
            else GatedUnit<SiluGate>.Forward(a.Gate + at, a.Up + at, a.Activated + at, width);
        }
    }

    /// <summary>y = projection of x, adapters included, for the team's share of the outputs; or y += it.</summary>
    private void Project(int layer, ProjectionKind kind, (int From, int To) segments, RowTeam team, float* x, float* y, bool add)
    {
        var projection = weights.Layers[layer][kind];
        var (first, end) = Rows(segments);
        var (from, to) = team.Share(projection.Outputs, Gemm.PanelWidth);
        projection.Forward(x + (nint)first * projection.Inputs, y + (nint)first * projection.Outputs, end - first, from, to, add, samples);
        if (_maxRank == 0) return;
        for (var s = segments.From; s < segments.To;)
        {
            var adapter = _segments[s].Adapter;
            nint row = _segments[s].FirstRow;
            while (++s < segments.To && _segments[s].Adapter == adapter) { }
            if (adapter?.At(layer, kind) is not { } pair) continue;
            var rows = _segments[s - 1].EndRow - (int)row;
            // Every thread computes the few values of the low rank for itself: that is cheaper than to wait.
            var inner = team.Barrier is null
                ? activations[layer].LowRank(kind) + row * (_oneAdapter ? pair.Rank : _maxRank)
                : (s_scratch ??= new FloatBuffer()).Ensure((long)rows * _maxRank);
            pair.A.Forward(x + row * projection.Inputs, inner, rows, 0, pair.A.Outputs, add: false);
            Elementwise.Scale(inner, pair.Scale, (long)rows * pair.Rank);
            pair.B.Forward(inner, y + row * projection.Outputs, rows, from, to, add: true);
        }
    }

    private void Rotate(int layer, LayerActivations a, (int First, int End) rows)
    {
        var (w, table, rotated) = (weights.Layers[layer], rotary[layer], _config.RotatedSize);
        var (queryHeads, keyHeads, size) = (_config.Heads, _config.KeyValueHeads, _config.HeadSize);
        for (nint row = rows.First; row < rows.End; row++)
        {
            var query = a.Query + row * queryHeads * size;
            var key = a.Key + row * keyHeads * size;
            if (_config.QueryKeyNorm)
            {
                NormalizeHeads(a.QueryRaw + row * queryHeads * size, w.QueryNorm, query, a.QueryInverse + row * queryHeads, queryHeads);
                NormalizeHeads(a.KeyRaw + row * keyHeads * size, w.KeyNorm, key, a.KeyInverse + row * keyHeads, keyHeads);
            }

            var position = activations.Positions[row];
            Elementwise.Rotate(query, queryHeads, size, rotated, table.Cos(position), table.Sin(position), 1);
            Elementwise.Rotate(key, keyHeads, size, rotated, table.Cos(position), table.Sin(position), 1);
        }
    }

    private void NormalizeHeads(float* raw, float* norm, float* normed, float* inverse, int heads)
    {
        var size = _config.HeadSize;
        for (var h = 0; h < heads; h++)
            inverse[h] = Elementwise.RmsNorm(raw + h * size, norm, _config.NormOffset, normed + h * size, size, _config.RmsNormEpsilon);
    }

    private void Store(int layer, LayerActivations a, (int From, int To) segments, (int First, int End) rows)
    {
        nint width = _config.KeyValueHeads * _config.HeadSize;
        for (var s = segments.From; s < segments.To; s++)
        {
            var segment = _segments[s];
            var (from, to) = (Math.Max(rows.First, segment.FirstRow), Math.Min(rows.End, segment.EndRow));
            for (var h = 0; h < _config.KeyValueHeads && from < to; h++)
            {
                var head = _layout.Head((nint*)segment.Pages, layer, h);
                for (var row = from; row < to; row++)
                    head.Store(segment.FirstPosition + row - segment.FirstRow, a.Key + row * width + h * _config.HeadSize,
                        a.Value + row * width + h * _config.HeadSize);
            }
        }
    }

    private void AttendSegments(int layer, LayerActivations a, (int From, int To) segments, RowTeam team)
    {
        using var _ = WorkClock.Measure(WorkKind.Attention);
        var (heads, size, group) = (_config.KeyValueHeads, _config.HeadSize, _config.Heads / _config.KeyValueHeads);
        nint width = _config.Heads * size;
        var scratch = (s_scratch ??= new FloatBuffer()).Ensure(Attention.ScratchSize(_maxLength));
        var (from, to) = team.Share((segments.To - segments.From) * heads);
        for (var item = from; item < to; item++)
        {
            var segment = _segments[segments.From + item / heads];
            var head = _layout.Head((nint*)segment.Pages, layer, item % heads);
            var at = segment.FirstRow * width + (nint)(item % heads) * group * size;
            if (segment.Rows == 1)
            {
                DecodeAttention.Forward(head, a.Query + at, group, segment.Length, a.Attended + at, scratch);
                continue;
            }

            for (var h = 0; h < group; h++, at += size)
                Attention.Forward(head, a.Query + at, width, segment.Rows, segment.FirstPosition + 1, a.Attended + at, scratch);
        }
    }

    private void Normalize(float* stream, float* norm, float* normed, float* inverse, (int First, int End) rows)
    {
        var width = _config.HiddenSize;
        for (nint row = rows.First; row < rows.End; row++)
            inverse[row] = Elementwise.RmsNorm(stream + row * width, norm, _config.NormOffset, normed + row * width, width, _config.RmsNormEpsilon);
    }

    // stream += norm of output. What is normalised is not kept: the backward pass has no use for it.
    private void AddNormalized(float* output, float* norm, float* inverse, float* stream, (int First, int End) rows)
    {
        var width = _config.HiddenSize;
        var normed = (s_scratch ??= new FloatBuffer()).Ensure(width);
        for (nint row = rows.First; row < rows.End; row++)
        {
            inverse[row] = Elementwise.RmsNorm(output + row * width, norm, _config.NormOffset, normed, width, _config.RmsNormEpsilon);
            Elementwise.Add(stream + row * width, normed, width);
        }
    }

    private void CopyStream(float* from, float* to, (int First, int End) rows)
    {
        nint width = _config.HiddenSize;
        if (from != to) Unsafe.CopyBlock(to + rows.First * width, from + rows.First * width, (uint)((rows.End - rows.First) * width * sizeof(float)));
    }
}
