using System.Diagnostics;

namespace AgentTeams.Benchmarks.Models;

/// <summary>The rate of the engine's three products: y = x · Wᵀ, dx = dy · W and dW = dyᵀ · x.</summary>
internal static unsafe class MatrixRate
{
    public static IReadOnlyList<(int Rows, int Outputs, int Inputs)> Shapes { get; } = [(512, 704, 256), (3072, 704, 256), (3072, 256, 704), (1024, 2816, 1024), (1024, 1024, 2816)];

    /// <summary>FLOP/s of each product at a shape.</summary>
    public static (double Forward, double Backward, double Weights) Measure(WorkerPool pool, int rows, int outputs, int inputs)
    {
        var parameters = new ParameterSet();
        var projection = new Projection(parameters, parameters.Add("w", outputs, inputs));
        parameters.Allocate();
        parameters.EnsureTrainable();
        var random = new Random(1);
        foreach (ref var value in parameters.ValueSpan) value = random.NextSingle() - 0.5f;
        projection.PackForward();
        projection.PackBackward();
        FloatBuffer x = new(), y = new();
        x.EnsureZeroed((long)rows * inputs);
        y.EnsureZeroed((long)rows * outputs);
        foreach (ref var value in x.Span) value = random.NextSingle() - 0.5f;
        foreach (ref var value in y.Span) value = random.NextSingle() - 0.5f;
        var flop = 2.0 * rows * outputs * inputs;
        var weights = new WeightGradients();
        weights.Clear(rows);
        weights.Add(projection, y.Pointer, x.Pointer);
        return (
            flop / Best(() => pool.Run(new Product(projection, x.Pointer, y.Pointer, rows, pool.Threads, forward: true), pool.Threads)),
            flop / Best(() => pool.Run(new Product(projection, x.Pointer, y.Pointer, rows, pool.Threads, forward: false), pool.Threads)),
            flop / Best(() => weights.Run(pool)));
    }

    private static double Best(Action work)
    {
        // Long enough for the compiler to replace its first, slow versions.
        var warm = Stopwatch.StartNew();
        while (warm.ElapsedMilliseconds < 300) work();
        return Enumerable.Range(0, 20).Min(_ =>
        {
            var begin = Stopwatch.GetTimestamp();
            work();
            return Stopwatch.GetElapsedTime(begin).TotalSeconds;
        });
    }

    private sealed class Product(Projection projection, float* x, float* y, int rows, int parts, bool forward) : IParallelWork
    {
        public void Execute(int part)
        {
            var (first, end) = (rows * part / parts, rows * (part + 1) / parts);
            var from = x + (nint)first * projection.Inputs;
            var to = y + (nint)first * projection.Outputs;
            if (forward) projection.Forward(from, to, end - first, 0, projection.Outputs, add: false);
            else projection.Backward(to, from, end - first, add: false);
        }
    }
}
