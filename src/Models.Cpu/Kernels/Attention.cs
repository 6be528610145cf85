using System.Runtime.Intrinsics;

namespace AgentTeams;

/// <summary>
/// Attention of one query head over cached keys and values. Prefill, decoding and training all call it, one query at a time,
/// so a position's result depends on its own past only.
/// </summary>
internal static unsafe class Attention
{
    /// <summary>Softmax weights of a query over the first positions; values beyond them, up to a multiple of 8, become 0.</summary>
    /// <param name="query">The query, headSize values.</param>
    /// <param name="keys">Keys transposed: [headSize, capacity].</param>
    /// <param name="capacity">Positions per row of the keys; a multiple of 8.</param>
    /// <param name="headSize">The width of a head.</param>
    /// <param name="length">How many positions the query sees.</param>
    /// <param name="weights">Receives the weights.</param>
    public static void Weights(float* query, float* keys, int capacity, int headSize, int length, float* weights)
    {
        var scale = 1f / MathF.Sqrt(headSize);
        Products(query, keys, capacity, headSize, length, weights);
        var blocks = (length + 7) / 8;
        MaskTail(weights, length, float.NegativeInfinity);
        var max = Vector256.Create(float.NegativeInfinity);
        for (var b = 0; b < blocks; b++) max = Vector256.Max(max, Vector256.Load(weights + 8 * b));
        var greatest = max[0];
        for (var i = 1; i < 8; i++) greatest = MathF.Max(greatest, max[i]);
        var shift = Vector256.Create(greatest * scale);
        var sum = Vector256<float>.Zero;
        for (var b = 0; b < blocks; b++)
        {
            var e = Vector256.Exp(Vector256.Load(weights + 8 * b) * scale - shift);
            sum += e;
            e.Store(weights + 8 * b);
        }

        var inverse = Vector256.Create(1f / Vector256.Sum(sum));
        for (var b = 0; b < blocks; b++) (Vector256.Load(weights + 8 * b) * inverse).Store(weights + 8 * b);
    }

    /// <summary>Inner products of a vector with each of the first positions of a transposed matrix.</summary>
    public static void Products(float* vector, float* transposed, int capacity, int width, int length, float* products)
    {
        var j = 0;
        for (; j + 32 <= (length + 7) / 8 * 8; j += 32)
        {
            Vector256<float> s0 = default, s1 = default, s2 = default, s3 = default;
            for (var d = 0; d < width; d++)
            {
                var x = Vector256.Create(vector[d]);
                var row = transposed + (nint)d * capacity + j;
                s0 = Vector256.FusedMultiplyAdd(x, Vector256.Load(row), s0);
                s1 = Vector256.FusedMultiplyAdd(x, Vector256.Load(row + 8), s1);
                s2 = Vector256.FusedMultiplyAdd(x, Vector256.Load(row + 16), s2);
                s3 = Vector256.FusedMultiplyAdd(x, Vector256.Load(row + 24), s3);
            }

            s0.Store(products + j);
            s1.Store(products + j + 8);
            s2.Store(products + j + 16);
            s3.Store(products + j + 24);
        }

        for (; j < length; j += 8)
        {
            var s = Vector256<float>.Zero;
            for (var d = 0; d < width; d++)
                s = Vector256.FusedMultiplyAdd(Vector256.Create(vector[d]), Vector256.Load(transposed + (nint)d * capacity + j), s);
            s.Store(products + j);
        }
    }

    /// <summary>The weighted sum of the first positions: out = Σ weight[j] · rows[j].</summary>
    public static void WeightedSum(float* weights, float* rows, int rowStride, int width, int length, float* output)
    {
        for (var d = 0; d < width; d += 8)
        {
            Vector256<float> s0 = default, s1 = default, s2 = default, s3 = default;
            var j = 0;
            for (; j + 4 <= length; j += 4)
            {
                var row = rows + (nint)j * rowStride + d;
                s0 = Vector256.FusedMultiplyAdd(Vector256.Create(weights[j]), Vector256.Load(row), s0);
                s1 = Vector256.FusedMultiplyAdd(Vector256.Create(weights[j + 1]), Vector256.Load(row + rowStride), s1);
                s2 = Vector256.FusedMultiplyAdd(Vector256.Create(weights[j + 2]), Vector256.Load(row + 2 * rowStride), s2);
                s3 = Vector256.FusedMultiplyAdd(Vector256.Create(weights[j + 3]), Vector256.Load(row + 3 * rowStride), s3);
            }

            for (; j < length; j++)
                s0 = Vector256.FusedMultiplyAdd(Vector256.Create(weights[j]), Vector256.Load(rows + (nint)j * rowStride + d), s0);
            var sum = (s0 + s1) + (s2 + s3);
            if (d + 8 <= width) sum.Store(output + d);
            else
                for (var i = d; i < width; i++) output[i] = sum[i - d];
        }
    }

    public static void MaskTail(float* values, int length, float with)
    {
        for (var j = length; j % 8 != 0; j++) values[j] = with;
    }
}
