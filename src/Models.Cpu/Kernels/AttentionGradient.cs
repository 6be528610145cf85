using System.Runtime.Intrinsics;

namespace AgentTeams.Models;

/// <summary>Attention of one whole sequence in one key-value head, backwards.</summary>
internal readonly unsafe ref struct AttentionGradient
{
    private readonly HeadCache _head;
    private readonly int _length;
    private readonly int _width;
    private readonly float* _keys;
    private readonly float* _valuePanels;
    private readonly float* _weights;
    private readonly float* _dWeights;

    /// <summary>Copies the keys and values into the orders that the products need.</summary>
    /// <param name="head">The cached keys and values.</param>
    /// <param name="length">Positions of the sequence.</param>
    /// <param name="keys">The first key.</param>
    /// <param name="values">The first value.</param>
    /// <param name="row">Values from one key to the next.</param>
    /// <param name="scratch">Room of <see cref="ScratchSize"/>.</param>
    public AttentionGradient(HeadCache head, int length, float* keys, float* values, nint row, float* scratch)
    {
        (_head, _length, _width) = (head, length, PageLayout.RoundUp(length));
        var matrix = (nint)_width * head.Stride;
        _keys = scratch;
        _valuePanels = scratch + matrix;
        KeyGradient = scratch + 2 * matrix;
        ValueGradient = scratch + 3 * matrix;
        _weights = scratch + 4 * matrix;
        _dWeights = _weights + Attention.ScratchSize(length);
        new Span<float>(KeyGradient, checked((int)(2 * matrix))).Clear();
        for (var j = 0; j < length; j++, keys += row, values += row)
        {
            var panel = _valuePanels + (nint)(j / PageLayout.Positions) * PageLayout.Positions * head.HeadSize + j % PageLayout.Positions;
            for (var d = 0; d < head.HeadSize; d++) (_keys[(nint)j * head.Stride + d], panel[d * PageLayout.Positions]) = (keys[d], values[d]);
            for (var d = head.HeadSize; d < head.Stride; d++) _keys[(nint)j * head.Stride + d] = 0;
        }
    }

    /// <summary>Sums over queries so far: [positions, stride].</summary>
    public float* KeyGradient { get; }

    public float* ValueGradient { get; }

    public static long ScratchSize(int length, int stride) => 4L * PageLayout.RoundUp(length) * stride + 2 * Attention.ScratchSize(length);

    /// <summary>Adds a query head's share to the key and value gradients and writes the gradient of its queries.</summary>
    /// <param name="query">The first query.</param>
    /// <param name="dOutput">The gradient of the first output.</param>
    /// <param name="row">Values from one query, output or gradient to the next.</param>
    /// <param name="dQuery">Receives the gradient of the queries.</param>
    public void Accumulate(float* query, float* dOutput, nint row, float* dQuery)
    {
        for (var first = 0; first < _length; first += Attention.BlockRows)
        {
            var rows = Math.Min(Attention.BlockRows, _length - first);
            var q = query + first * row;
            var dOut = dOutput + first * row;
            var dQ = dQuery + first * row;
            Attention.Weights(_head, q, row, rows, first + 1, _weights, _width);
            DifferentiateWeights(dOut, row, first, rows);
            for (var column = 0; column < _head.HeadSize; column += Gemm.PanelWidth)
            {
                MultiplyKeys(dQ + column, row, first, rows, column);
                MultiplyTransposed(_weights, dOut + column, row, first, rows, ValueGradient + column, column);
                MultiplyTransposed(_dWeights, q + column, row, first, rows, KeyGradient + column, column);
            }
        }
    }

    // dP = dO · Vᵀ, then dS = P ⊙ (dP − Σ P ⊙ dP) / √headSize.
    private void DifferentiateWeights(float* dOutput, nint row, int first, int rows)
    {
        for (var page = 0; page < _width / PageLayout.Positions; page++)
        {
            var hidden = Math.Max(0, page * PageLayout.Positions - first);
            if (hidden >= rows) break;
            var data = (nint)(_valuePanels + (nint)page * PageLayout.Positions * _head.HeadSize);
            Gemm.MultiplyPanel(dOutput + hidden * row, row, 1, rows - hidden, new BlockedPanel(&data, 0, int.MaxValue, PageLayout.Positions),
                PageLayout.Positions,
                _head.HeadSize, _dWeights + (nint)hidden * _width + page * PageLayout.Positions, _width, add: false);
        }

        var scale = Vector256.Create(_head.Scale);
        for (var i = 0; i < rows; i++)
        {
            var weights = _weights + (nint)i * _width;
            var dWeights = _dWeights + (nint)i * _width;
            var length = first + i + 1;
            var end = (length + 7) / 8 * 8;
            for (var j = length; j < end; j++) dWeights[j] = 0;
            var sum = Vector256<float>.Zero;
            for (var j = 0; j < end; j += 8) sum = Vector256.FusedMultiplyAdd(Vector256.Load(weights + j), Vector256.Load(dWeights + j), sum);
            var mean = Vector256.Create(Vector256.Sum(sum));
            for (var j = 0; j < end; j += 8) (Vector256.Load(weights + j) * (Vector256.Load(dWeights + j) - mean) * scale).Store(dWeights + j);
            for (var j = end; j < _width; j += 8) Vector256<float>.Zero.Store(dWeights + j);
        }
    }

    private void MultiplyKeys(float* dQuery, nint row, int first, int rows, int column)
    {
        var data = (nint)(_keys + column);
        for (var i = 0; i < rows;)
        {
            var tile = Tile.RowsOf(rows - i);
            Tile.Multiply(_dWeights + (nint)i * _width, _width, 1, tile, new BlockedPanel(&data, 0, int.MaxValue, _head.Stride),
                Math.Min(Gemm.PanelWidth, _head.HeadSize - column), first + i + tile, dQuery + i * row, row, add: false);
            i += tile;
        }
    }

    // sums[j] += Σ weights[i, j] · vectors[i] over the rows that see position j.
    private void MultiplyTransposed(float* weights, float* vectors, nint row, int first, int rows, float* sums, int column)
    {
        var positions = first + rows;
        for (var j = 0; j < positions;)
        {
            var tile = Tile.RowsOf(positions - j);
            var hidden = Math.Max(0, j - first);
            var data = (nint)(vectors + hidden * row);
            Tile.Multiply(weights + (nint)hidden * _width + j, 1, _width, tile, new BlockedPanel(&data, 0, int.MaxValue, row),
                Math.Min(Gemm.PanelWidth, _head.HeadSize - column), rows - hidden, sums + (nint)j * _head.Stride, _head.Stride, add: true);
            j += tile;
        }
    }
}
