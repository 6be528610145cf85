using System.Runtime.Intrinsics;

namespace AgentTeams;

/// <summary>One sequence and one key-value head of attention, backwards.</summary>
internal unsafe ref struct AttentionGradient
{
    /// <summary>Keys and values as rows of this many values, a multiple of 8.</summary>
    public int Stride { get; init; }

    public int HeadSize { get; init; }

    public int Capacity { get; init; }

    /// <summary>Keys transposed [headSize, capacity], and the same for values.</summary>
    public float* KeysTransposed { get; init; }

    public float* ValuesTransposed { get; init; }

    /// <summary>Keys as rows [positions, stride].</summary>
    public float* Keys { get; init; }

    /// <summary>Receive sums over queries: [positions, stride].</summary>
    public float* KeyGradient { get; init; }

    public float* ValueGradient { get; init; }

    /// <summary>Room for two rows of capacity values.</summary>
    public float* Scratch { get; init; }

    /// <summary>Adds one query's share to the key and value gradients and writes its own gradient.</summary>
    /// <param name="query">The query.</param>
    /// <param name="dOutput">The gradient of the query's output.</param>
    /// <param name="length">How many positions the query saw.</param>
    /// <param name="dQuery">Receives the query's gradient.</param>
    public readonly void Accumulate(float* query, float* dOutput, int length, float* dQuery)
    {
        var weights = Scratch;
        var dWeights = Scratch + Capacity;
        Attention.Weights(query, KeysTransposed, Capacity, HeadSize, length, weights);
        Attention.Products(dOutput, ValuesTransposed, Capacity, HeadSize, length, dWeights);
        Attention.MaskTail(dWeights, length, 0);
        var blocks = (length + 7) / 8;
        var sum = Vector256<float>.Zero;
        for (var b = 0; b < blocks; b++)
            sum = Vector256.FusedMultiplyAdd(Vector256.Load(weights + 8 * b), Vector256.Load(dWeights + 8 * b), sum);
        var mean = Vector256.Create(Vector256.Sum(sum));
        var scale = Vector256.Create(1f / MathF.Sqrt(HeadSize));
        for (var b = 0; b < blocks; b++)
            (Vector256.Load(weights + 8 * b) * (Vector256.Load(dWeights + 8 * b) - mean) * scale).Store(dWeights + 8 * b);

        AddOuter(weights, dOutput, ValueGradient, length);
        AddOuter(dWeights, query, KeyGradient, length);
        Attention.WeightedSum(dWeights, Keys, Stride, HeadSize, length, dQuery);
    }

    // rows[j] += factors[j] · vector, with the vector's missing tail taken as 0.
    private readonly void AddOuter(float* factors, float* vector, float* rows, int length)
    {
        var tail = stackalloc float[8];
        for (var d = 0; d < HeadSize; d += 8)
        {
            Vector256<float> v;
            if (d + 8 <= HeadSize)
            {
                v = Vector256.Load(vector + d);
            }
            else
            {
                for (var i = 0; i < 8; i++) tail[i] = d + i < HeadSize ? vector[d + i] : 0;
                v = Vector256.Load(tail);
            }

            var row = rows + d;
            for (var j = 0; j < length; j++, row += Stride)
                Vector256.FusedMultiplyAdd(Vector256.Create(factors[j]), v, Vector256.Load(row)).Store(row);
        }
    }
}
