using System.Diagnostics;

namespace AgentTeams.Benchmarks.Models;

/// <summary>All measurements, in an order in which nothing runs beside anything else.</summary>
internal sealed class ModelBenchmark(Peer? peer, int runs)
{
    private readonly SortedDictionary<string, object> _figures = new(StringComparer.Ordinal);

    public async Task<IReadOnlyDictionary<string, object>> RunAsync(bool large, CancellationToken cancellationToken)
    {
        var peak = FmaPeak.Measure(WorkerPool.Shared.Threads);
        _figures["threads"] = WorkerPool.Shared.Threads;
        _figures["fma_peak_gflops"] = Rounded(peak / 1e9);
        MeasureProducts(peak);
        await CompareAsync(ModelShape.Default, "", cancellationToken);
        using (var model = BenchmarkModel.Random(ModelShape.Default))
        {
            foreach (var batch in new[] { 1, 8, 32, 128 }) _figures[$"decode_batch_{batch}_tokens_per_s"] = Rounded(await TokenRates.DecodeAsync(model, batch));
            _figures["prefix_sharing_gain_at_8"] = Rounded(await TokenRates.PrefixSharingGainAsync(model, 8, 256));
            _figures["prefill_tokens_per_s"] = Rounded(await TokenRates.PrefillAsync(model, 8, 256));
        }

        if (large) await CompareAsync(ModelShape.Large, "large_", cancellationToken);
        _figures["peak_memory_mib"] = Process.GetCurrentProcess().PeakWorkingSet64 >> 20;
        return _figures;
    }

    private void MeasureProducts(double peak)
    {
        var shares = new List<double>();
        foreach (var (rows, outputs, inputs) in MatrixRate.Shapes)
        {
            var (forward, backward, weights) = MatrixRate.Measure(WorkerPool.Shared, rows, outputs, inputs);
            var name = $"gemm_{rows}x{outputs}x{inputs}";
            _figures[name] = new[] { forward, backward, weights }.Select(rate => Rounded(rate / peak)).ToArray();
            shares.AddRange([forward / peak, backward / peak, weights / peak]);
        }

        shares.Sort();
        _figures["gemm_peak_share"] = Rounded(shares[shares.Count / 2]);
        _figures["gemm_peak_share_least"] = Rounded(shares[0]);
    }

    private async Task CompareAsync(ModelShape shape, string prefix, CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("agentteams").FullName;
        try
        {
            if (peer is not null) await peer.DumpAsync(directory, shape, cancellationToken);
            using var model = peer is null ? BenchmarkModel.Random(shape) : BenchmarkModel.FromDump(directory);
            List<double> train = [], decode = [], peerTrain = [], peerDecode = [];
            // The compiler replaces its first, slow versions while this runs.
            await TokenRates.DecodeAsync(model, 32);
            var (_, loss) = TokenRates.Train(model, 2);
            if (model.PeerLoss is { } expected) _figures[prefix + "loss_difference"] = Math.Abs(loss - expected);
            for (var run = 0; run < runs; run++)
            {
                decode.Add(await TokenRates.DecodeAsync(model, 32));
                train.Add(TokenRates.Train(model, 5).TokensPerSecond);
                if (peer is null) continue;
                var measured = await peer.MeasureAsync(shape, cancellationToken);
                peerTrain.Add(measured["train_tokens_per_s"]!.GetValue<double>());
                peerDecode.Add(measured["decode_tokens_per_s"]!.GetValue<double>());
                _figures["peer"] = $"PyTorch {measured["torch"]}, {measured["threads"]} threads";
            }

            _figures[prefix + "train_tokens_per_s"] = Rounded(Median(train));
            _figures[prefix + "decode_tokens_per_s"] = Rounded(Median(decode));
            if (peer is null) return;
            _figures[prefix + "peer_train_tokens_per_s"] = Rounded(Median(peerTrain));
            _figures[prefix + "peer_decode_tokens_per_s"] = Rounded(Median(peerDecode));
            _figures[prefix + "train_ratio"] = Rounded(Median(train) / Median(peerTrain));
            _figures[prefix + "decode_ratio"] = Rounded(Median(decode) / Median(peerDecode));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static double Rounded(double value) => Math.Round(value, value < 10 ? 3 : 1);
}
