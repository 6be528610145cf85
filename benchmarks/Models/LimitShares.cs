namespace AgentTeams.Benchmarks.Models;

/// <summary>How near the engine comes to what the machine can do. Rate and limit are measured in turn and compared median against median, so that a busy machine counts for both.</summary>
internal sealed class LimitShares(int runs)
{
    private readonly SortedDictionary<string, object> _figures = new(StringComparer.Ordinal);

    public async Task<IReadOnlyDictionary<string, object>> RunAsync(IEnumerable<(ModelShape Shape, string Prefix)> shapes, CancellationToken cancellationToken)
    {
        foreach (var (shape, prefix) in shapes)
        {
            MeasureTraining(shape, prefix);
            foreach (var format in Enum.GetValues<WeightFormat>()) await MeasureDecodingAsync(shape, prefix, format, cancellationToken);
        }

        return _figures;
    }

    private void MeasureTraining(ModelShape shape, string prefix)
    {
        using var model = BenchmarkModel.Random(shape);
        var rates = new Medians();
        TokenRates.Train(model, 3);
        for (var run = 0; run < runs; run++)
        {
            rates.Add("peak", FmaPeak.Measure(WorkerPool.Shared.Threads, attempts: 1));
            rates.Add("train", TokenRates.Train(model, 5).TokensPerSecond);
        }

        MeasureBreakdown(model, shape, rates["peak"], prefix);
        _figures[prefix + "train_mflop_per_token"] = Rounded(shape.TrainingFlops / 1e6);
        _figures[prefix + "train_tokens_per_s"] = Rounded(rates["train"]);
        _figures[prefix + "train_limit_tokens_per_s"] = Rounded(rates["peak"] / shape.TrainingFlops);
        _figures[prefix + "train_peak_share"] = Rounded(rates["train"] * shape.TrainingFlops / rates["peak"]);
    }

    // Shares of all threads' time. What a thread does outside of any part counts as waiting.
    private void MeasureBreakdown(BenchmarkModel model, ModelShape shape, double peak, string prefix)
    {
        WorkClock.Reset();
        WorkClock.IsOn = true;
        var (seconds, tokens) = TokenRates.TrainFor(model, 6);
        WorkClock.IsOn = false;
        var all = seconds * WorkerPool.Shared.Threads;
        var named = 0.0;
        foreach (var kind in Enum.GetValues<WorkKind>())
        {
            if (kind == WorkKind.Part) continue;
            named += WorkClock.Seconds(kind);
            _figures[$"{prefix}train_time_{kind}"] = Rounded(WorkClock.Seconds(kind) / all);
        }

        _figures[prefix + "train_time_Elementwise"] = Rounded((WorkClock.Seconds(WorkKind.Part) - named) / all);
        _figures[prefix + "train_time_Waiting"] = Rounded(1 - WorkClock.Seconds(WorkKind.Part) / all);
        _figures[prefix + "train_products_peak_share"] = Rounded(6.0 * shape.Matrices * tokens / WorkClock.Seconds(WorkKind.Product) * WorkerPool.Shared.Threads / peak);
    }

    private async Task MeasureDecodingAsync(ModelShape shape, string prefix, WeightFormat format, CancellationToken cancellationToken)
    {
        var bytes = shape.Matrices * format switch { WeightFormat.Stored => 4.0, WeightFormat.BFloat16 => 2.0, _ => 1.125 };
        using var model = BenchmarkModel.Random(shape, format);
        using var read = new ReadRate(WorkerPool.Shared, (long)bytes);
        var rates = new Medians();
        await TokenRates.WarmUpAsync(model);
        for (var run = 0; run < runs; run++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            rates.Add("limit", read.Measure() / bytes);
            foreach (var batch in new[] { 1, 8, 32 }) rates.Add($"new_{batch}", (await TokenRates.RatesAsync(model, batch)).New);
        }

        foreach (var name in rates.Names) _figures[$"{prefix}{format}_{name}_tokens_per_s"] = Rounded(rates[name]);
        _figures[$"{prefix}{format}_share_1"] = Rounded(rates["new_1"] / rates["limit"]);
    }

    private static double Rounded(double value) => Math.Round(value, value < 10 ? 3 : 1);
}
