using System.Diagnostics;

namespace AgentTeams.Benchmarks.Models;

/// <summary>All measurements, in an order in which nothing runs beside anything else.</summary>
internal sealed class ModelBenchmark(PythonPeer? peer, IReadOnlyCollection<string> inProcess, int runs)
{
    private const int Rounds = 5;
    private readonly SortedDictionary<string, object> _figures = new(StringComparer.Ordinal);

    public async Task<IReadOnlyDictionary<string, object>> RunAsync(bool large, CancellationToken cancellationToken)
    {
        Products();
        await CompareAsync(ModelShape.Default, "", cancellationToken);
        using (var model = BenchmarkModel.Random(ModelShape.Default))
        {
            foreach (var batch in new[] { 1, 8, 32, 128 }) _figures[$"decode_batch_{batch}_tokens_per_s"] = Rounded(await TokenRates.DecodeAsync(model, batch));
            _figures["prefix_sharing_gain_at_8"] = Rounded(await TokenRates.PrefixSharingGainAsync(model, 8, 256));
            _figures["prefill_tokens_per_s"] = Rounded(await TokenRates.PrefillAsync(model, 8, 256));
        }

        await CompareInProcessAsync(ModelShape.Default, "", [1, 8, 32, 128], cancellationToken);
        if (large)
        {
            await CompareAsync(ModelShape.Large, "large_", cancellationToken);
            await CompareInProcessAsync(ModelShape.Large, "large_", [1, 4, 32], cancellationToken);
        }

        _figures["peak_memory_mib"] = Process.GetCurrentProcess().PeakWorkingSet64 >> 20;
        return _figures;
    }

    public IReadOnlyDictionary<string, object> Products()
    {
        _figures["threads"] = WorkerPool.Shared.Threads;
        MeasureProducts();
        return _figures;
    }

    // Peak and products are the best of rounds in turn: whoever else uses the machine slows some rounds, and not all of them alike.
    private void MeasureProducts()
    {
        var peak = 0.0;
        var best = MatrixRate.Shapes.ToDictionary(shape => shape, _ => new double[3]);
        for (var round = 0; round < Rounds; round++)
        {
            peak = Math.Max(peak, FmaPeak.Measure(WorkerPool.Shared.Threads));
            foreach (var (shape, rates) in best)
            {
                var (forward, backward, weights) = MatrixRate.Measure(WorkerPool.Shared, shape.Rows, shape.Outputs, shape.Inputs);
                (rates[0], rates[1], rates[2]) = (Math.Max(rates[0], forward), Math.Max(rates[1], backward), Math.Max(rates[2], weights));
            }
        }

        _figures["fma_peak_gflops"] = Rounded(peak / 1e9);
        foreach (var (shape, rates) in best) _figures[$"gemm_{shape.Rows}x{shape.Outputs}x{shape.Inputs}"] = rates.Select(rate => Rounded(rate / peak)).ToArray();
        var shares = best.Values.SelectMany(rates => rates).Select(rate => rate / peak).Order().ToList();
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
            var rates = new Medians();
            var (_, loss) = TokenRates.Train(model, 2);
            await TokenRates.WarmUpAsync(model);
            if (model.PeerLoss is { } expected) _figures[prefix + "loss_difference"] = Math.Abs(loss - expected);
            for (var run = 0; run < runs; run++)
            {
                rates.Add("decode", await TokenRates.DecodeAsync(model, 32));
                rates.Add("train", TokenRates.Train(model, 5).TokensPerSecond);
                if (peer is null) continue;
                var measured = await peer.MeasureAsync(shape, cancellationToken);
                rates.Add("peer_train", measured["train_tokens_per_s"]!.GetValue<double>());
                rates.Add("peer_decode", measured["decode_tokens_per_s"]!.GetValue<double>());
                _figures["peer"] = $"PyTorch {measured["torch"]}, {measured["threads"]} threads";
            }

            foreach (var name in rates.Names) _figures[$"{prefix}{name}_tokens_per_s"] = Rounded(rates[name]);
            if (peer is null) return;
            foreach (var name in new[] { "train", "decode" }) _figures[$"{prefix}{name}_ratio"] = Rounded(rates[name] / rates[$"peer_{name}"]);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    // Ours and theirs in turn on the same weights, so that a busy machine counts for both.
    private async Task CompareInProcessAsync(ModelShape shape, string prefix, IReadOnlyList<int> batches, CancellationToken cancellationToken)
    {
        if (inProcess.Count == 0) return;
        var folder = Directory.CreateTempSubdirectory("agentteams").FullName;
        using var model = BenchmarkModel.Random(shape);
        List<IPeer> peers = [];
        try
        {
            foreach (var name in inProcess) peers.Add(name == "llama" ? new LlamaPeer(model, shape, folder, WorkerPool.Shared.Threads) : new LibtorchPeer(model, shape, folder, WorkerPool.Shared.Threads));
            var (_, loss) = TokenRates.Train(model, 2);
            await TokenRates.WarmUpAsync(model);
            var rates = new Medians();
            for (var run = 0; run < runs; run++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                rates.Add(prefix + "beside_train", TokenRates.Train(model, 5).TokensPerSecond);
                foreach (var other in peers)
                {
                    if (other.Train() is { } trained) rates.Add($"{prefix}{other.Name}_train", trained);
                }

                foreach (var batch in batches)
                {
                    Add("beside", batch, await TokenRates.RatesAsync(model, batch));
                    foreach (var other in peers) Add(other.Name, batch, other.Decode(batch));
                }
            }

            foreach (var other in peers)
            {
                _figures[$"{prefix}{other.Name}"] = other.Version;
                if (other.FirstLoss is { } first) _figures[$"{prefix}{other.Name}_loss_difference"] = Math.Abs(first - loss);
                foreach (var figure in rates.Names.Where(n => n.StartsWith($"{prefix}{other.Name}_", StringComparison.Ordinal)).ToList())
                    _figures[$"{figure}_ratio"] = Rounded(rates[$"{prefix}beside_{figure[(prefix.Length + other.Name.Length + 1)..]}"] / rates[figure]);
            }

            foreach (var figure in rates.Names) _figures[figure + "_tokens_per_s"] = Rounded(rates[figure]);

            void Add(string who, int batch, Rates measured)
            {
                rates.Add($"{prefix}{who}_prefill_{batch}", measured.Prefill);
                rates.Add($"{prefix}{who}_new_{batch}", measured.New);
                rates.Add($"{prefix}{who}_decode_{batch}", measured.Whole);
            }
        }
        finally
        {
            foreach (var other in peers) other.Dispose();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double Rounded(double value) => Math.Round(value, value < 10 ? 3 : 1);
}
