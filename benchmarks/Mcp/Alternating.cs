using System.Diagnostics;

namespace AgentTeams.Benchmarks.Mcp;

/// <summary>What a call costs by either client, in microseconds, and the ratio: medians over rounds in which both take turns, so that what else the machine does meets both.</summary>
internal readonly record struct Alternating(double Ours, double Bare, double Ratio)
{
    private const int Rounds = 15;

    public static async Task<Alternating> MeasureAsync(int calls, int callers, Func<Task<string>> ours, Func<Task<string>> bare)
    {
        for (var warm = Stopwatch.StartNew(); warm.ElapsedMilliseconds < 1500;)
        {
            await TimeAsync(200, callers, ours);
            await TimeAsync(200, callers, bare);
        }

        var (our, their) = (new double[Rounds], new double[Rounds]);
        for (var i = 0; i < Rounds; i++)
        {
            // Who is first changes too.
            if (i % 2 == 0) our[i] = await TimeAsync(calls, callers, ours);
            their[i] = await TimeAsync(calls, callers, bare);
            if (i % 2 == 1) our[i] = await TimeAsync(calls, callers, ours);
        }

        return new(Median(our), Median(their), Median([.. our.Zip(their, (o, b) => o / b)]));
    }

    private static async Task<double> TimeAsync(int calls, int callers, Func<Task<string>> call)
    {
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(async _ =>
        {
            for (var i = 0; i < calls / callers; i++)
            {
                if (await call() != "42") throw new InvalidOperationException("The tool added wrongly.");
            }
        }));
        return watch.Elapsed.TotalMicroseconds / (calls / callers * callers);
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }
}
