using System.Runtime.Intrinsics;

namespace AgentTeams.Models;

/// <summary>Row-wise kernels. Each handles one row with a shape that depends on its width only.</summary>
internal static unsafe class Elementwise
{
    /// <summary>y = (w + o) ⊙ x · r with r = 1 / √(mean(x²) + ε) (Zhang and Sennrich 2019, equation 4); returns r.</summary>
    public static float RmsNorm(float* x, float* weight, float offset, float* y, int width, float epsilon)
    {
        var inverse = 1f / MathF.Sqrt(Dot(x, x, width) / width + epsilon);
        var i = 0;
        for (; i + 8 <= width; i += 8) ((Vector256.Load(weight + i) + Vector256.Create(offset)) * (Vector256.Load(x + i) * inverse)).Store(y + i);
        for (; i < width; i++) y[i] = (weight[i] + offset) * (x[i] * inverse);
        return inverse;
    }

    /// <summary>dx += the gradient of <see cref="RmsNorm"/> with respect to x.</summary>
    public static void RmsNormGradient(float* x, float* weight, float offset, float* dy, float inverse, float* dx, int width)
    {
        var sum = Vector256<float>.Zero;
        var shift = Vector256.Create(offset);
        var i = 0;
        for (; i + 8 <= width; i += 8) sum += Vector256.Load(dy + i) * (Vector256.Load(weight + i) + shift) * Vector256.Load(x + i);
        var projection = Vector256.Sum(sum);
        for (; i < width; i++) projection += dy[i] * (weight[i] + offset) * x[i];
        projection *= inverse * inverse * inverse / width;
        for (i = 0; i + 8 <= width; i += 8)
            (Vector256.Load(dx + i) + (Vector256.Load(dy + i) * (Vector256.Load(weight + i) + shift) * inverse - Vector256.Load(x + i) * projection))
                .Store(dx + i);
        for (; i < width; i++) dx[i] += dy[i] * (weight[i] + offset) * inverse - x[i] * projection;
    }

    /// <summary>The gradient of <see cref="RmsNorm"/> with respect to its weight, added to it.</summary>
    public static void RmsNormWeightGradient(float* x, float* dy, float inverse, float* gradient, int width)
    {
        var i = 0;
        for (; i + 8 <= width; i += 8)
            (Vector256.Load(gradient + i) + Vector256.Load(dy + i) * (Vector256.Load(x + i) * inverse)).Store(gradient + i);
        for (; i < width; i++) gradient[i] += dy[i] * (x[i] * inverse);
    }

    /// <summary>Rotates the halves of each head's first values by position (Su et al. 2021, in the layout of Llama); a negative direction undoes it.</summary>
    public static void Rotate(float* row, int heads, int headSize, int rotated, float* cos, float* sin, float direction)
    {
        var half = rotated / 2;
        for (var h = 0; h < heads; h++, row += headSize)
        {
            var i = 0;
            for (; i + 8 <= half; i += 8)
            {
                var (a, b) = (Vector256.Load(row + i), Vector256.Load(row + i + half));
                var (c, s) = (Vector256.Load(cos + i), Vector256.Load(sin + i) * direction);
                (a * c - b * s).Store(row + i);
                (b * c + a * s).Store(row + i + half);
            }

            for (; i < half; i++)
            {
                var (a, b, s) = (row[i], row[i + half], sin[i] * direction);
                row[i] = a * cos[i] - b * s;
                row[i + half] = b * cos[i] + a * s;
            }
        }
    }

    public static void Add(float* target, float* source, long count)
    {
        long i = 0;
        for (; i + 8 <= count; i += 8) (Vector256.Load(target + i) + Vector256.Load(source + i)).Store(target + i);
        for (; i < count; i++) target[i] += source[i];
    }

    public static void Scale(float* target, float factor, long count)
    {
        long i = 0;
        for (; i + 8 <= count; i += 8) (Vector256.Load(target + i) * factor).Store(target + i);
        for (; i < count; i++) target[i] *= factor;
    }

    public static float Dot(float* a, float* b, int width)
    {
        var sum = Vector256<float>.Zero;
        var i = 0;
        for (; i + 8 <= width; i += 8) sum = Vector256.FusedMultiplyAdd(Vector256.Load(a + i), Vector256.Load(b + i), sum);
        var total = Vector256.Sum(sum);
        for (; i < width; i++) total = MathF.FusedMultiplyAdd(a[i], b[i], total);
        return total;
    }
}
