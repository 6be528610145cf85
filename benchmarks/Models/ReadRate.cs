using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AgentTeams.Benchmarks.Models;

/// <summary>How fast all threads read memory of a size over and over: the cache or the memory that holds it decides. What decoding one sequence cannot exceed.</summary>
internal sealed unsafe class ReadRate : IDisposable, IParallelWork
{
    private readonly WorkerPool _pool;
    private readonly float[] _sums;
    private readonly FloatBuffer _values = new();
    private readonly nint _share;

    public ReadRate(WorkerPool pool, long bytes)
    {
        (_pool, _sums) = (pool, new float[pool.Threads]);
        _share = (nint)(bytes / sizeof(float) / pool.Threads / 64 * 64);
        _values.Ensure(_share * pool.Threads);
        // Memory that was never written is one page of zeros, which a cache holds.
        for (nint i = 0; i < _share * pool.Threads; i++) _values.Pointer[i] = 1;
    }

    /// <summary>Bytes per second; the median of some passes.</summary>
    public double Measure(int passes = 9)
    {
        var seconds = Enumerable.Range(0, passes).Select(_ =>
        {
            var begin = Stopwatch.GetTimestamp();
            _pool.Run(this, _pool.Threads);
            return Stopwatch.GetElapsedTime(begin).TotalSeconds;
        }).Order().ToList();
        return (double)_share * _pool.Threads * sizeof(float) / seconds[passes / 2];
    }

    public void Execute(int part) => _sums[part] = Sum(_values.Pointer + part * _share, _share);

    public void Dispose() => _values.Release();

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Sum(float* from, nint count)
    {
        Vector256<float> a = default, b = default, c = default, d = default;
        for (nint i = 0; i < count; i += 32)
        {
            a += Vector256.Load(from + i);
            b += Vector256.Load(from + i + 8);
            c += Vector256.Load(from + i + 16);
            d += Vector256.Load(from + i + 24);
        }

        return Vector256.Sum(a + b + c + d);
    }
}
