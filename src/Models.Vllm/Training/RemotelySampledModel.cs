using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.AI;

namespace AgentTeams.Models;

/// <summary>
/// Sampling elsewhere, training here: a local model trains, and a vLLM server with the same base model samples. Before the first
/// call after an update, the adapter is written in PEFT layout and loaded into the server under a name of its own version, so every
/// <see cref="TokenTrace"/> names the weights that really sampled; the version before is unloaded. Prompts are rendered and
/// tokenised here and sent as ids; ids and log-probabilities come back, and truncated importance sampling (RlOptions.ImportanceCorrection) corrects what the
/// server computes differently. Only adapters can be trained, as a server cannot reload its base.
/// </summary>
public sealed class RemotelySampledModel : ITrainableModel
{
    private readonly LocalLanguageModel _local;
    private readonly VllmOptions _options;
    private readonly VllmServer _server;
    private readonly ConcurrentDictionary<PolicyId, ServedAdapter> _served = [];

    /// <summary>Puts a server in front of a local model.</summary>
    /// <param name="local">Trains; it is disposed with this object.</param>
    /// <param name="options">The server.</param>
    /// <param name="http">Sends the requests, with whatever retries and time limits it was given; it stays the caller's.</param>
    /// <exception cref="AgentTeamsException">An option is out of range.</exception>
    public RemotelySampledModel(LocalLanguageModel local, VllmOptions options, HttpClient http)
    {
        ArgumentNullException.ThrowIfNull(local);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(http);
        OptionChecks.Validate(options);
        (_local, _options, _server) = (local, options, new VllmServer(http, options.Address));
    }

    /// <inheritdoc/>
    public string Id => _local.Id;

    /// <summary>Sampling and training are different programs, so nothing is promised.</summary>
    public Reproducibility Reproducibility => Reproducibility.None;

    /// <inheritdoc/>
    public IReadOnlyList<PolicyId> Policies => _local.Policies;

    /// <inheritdoc/>
    public TokenizedReply Tokenize(IReadOnlyList<ChatMessage> messages, string reply) => _local.Tokenize(messages, reply);

    /// <inheritdoc/>
    public long WeightsVersion(PolicyId policy) => _local.WeightsVersion(policy);

    /// <inheritdoc/>
    public IChatClient GetChatClient(PolicyId policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        _local.WeightsVersion(policy);
        int[] stops = [.. _local.Config.AdditionalEndOfSequenceIds.Prepend(_local.Config.EndOfSequenceId).Union(_local.Template.StopIds(_local.Tokenizer))];
        return new LocalChatClient(policy, _local.Tokenizer, _local.Template, stops, _options.DefaultMaxOutputTokens, _local.Config.MaxPositions,
            new VllmGenerator(_server, _options.Address, ServeAsync));
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<TokenScores>> ScoreAsync(PolicyId policy, IReadOnlyList<TrainingRow> rows, CancellationToken cancellationToken = default) =>
        _local.ScoreAsync(policy, rows, cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="AgentTeamsException">The policy is no adapter.</exception>
    public Task<TokenLossResult> AccumulateAsync(PolicyId policy, IReadOnlyList<TrainingRow> rows, ITokenLoss loss,
        CancellationToken cancellationToken = default)
    {
        EnsureAdapter(policy);
        return _local.AccumulateAsync(policy, rows, loss, cancellationToken);
    }

    /// <inheritdoc/>
    public Task DiscardGradientAsync(PolicyId policy, CancellationToken cancellationToken = default) => _local.DiscardGradientAsync(policy, cancellationToken);

    /// <inheritdoc/>
    public Task ReleaseOptimizerAsync(PolicyId policy, CancellationToken cancellationToken = default) => _local.ReleaseOptimizerAsync(policy, cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="AgentTeamsException">The policy is no adapter.</exception>
    public Task<OptimizerReport> ApplyAsync(PolicyId policy, AdamWOptions options, CancellationToken cancellationToken = default)
    {
        EnsureAdapter(policy);
        return _local.ApplyAsync(policy, options, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<ITokenScorer> SnapshotAsync(PolicyId policy, CancellationToken cancellationToken = default) => _local.SnapshotAsync(policy, cancellationToken);

    /// <inheritdoc/>
    public Task<ITokenScorer> LoadSnapshotAsync(PolicyId policy, string directory, CancellationToken cancellationToken = default) =>
        _local.LoadSnapshotAsync(policy, directory, cancellationToken);

    /// <inheritdoc/>
    public Task SaveAsync(string directory, IReadOnlyCollection<PolicyId>? trained = null, CancellationToken cancellationToken = default) =>
        _local.SaveAsync(directory, trained, cancellationToken);

    /// <inheritdoc/>
    public Task VerifyAsync(string directory, CancellationToken cancellationToken = default) => _local.VerifyAsync(directory, cancellationToken);

    /// <inheritdoc/>
    public async Task LoadAsync(string directory, CancellationToken cancellationToken = default)
    {
        await _local.LoadAsync(directory, cancellationToken).ConfigureAwait(false);
        foreach (var adapter in _served.Values) adapter.Outdate();
    }

    /// <inheritdoc/>
    public Task<string> WeightsHashAsync(CancellationToken cancellationToken = default) => _local.WeightsHashAsync(cancellationToken);

    /// <inheritdoc/>
    public string SamplingFingerprint =>
        AgentTeams.Models.SamplingFingerprint.Digits($"{_local.SamplingFingerprint} {_options.ServedModelName ?? Id} {_options.DefaultMaxOutputTokens}");

    /// <inheritdoc/>
    public void Dispose()
    {
        _local.Dispose();
        foreach (var adapter in _served.Values) adapter.Dispose();
    }

    private static void EnsureAdapter(PolicyId policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        if (policy.Adapter is null)
            throw new AgentTeamsException($"'{policy}' are the base weights, which a server cannot reload. Train adapters: ModelMap.Adapters.");
    }

    private ValueTask<ServedPolicy> ServeAsync(PolicyId policy, CancellationToken cancellationToken) => policy.Adapter is null
        ? new(new ServedPolicy(_options.ServedModelName ?? Id, _local.WeightsVersion(policy)))
        : new(_served.GetOrAdd(policy, p => new ServedAdapter(this, p)).CurrentAsync(cancellationToken));

    /// <summary>Keeps one adapter on the server at the version of the local one.</summary>
    private sealed class ServedAdapter(RemotelySampledModel model, PolicyId policy) : IDisposable
    {
        private readonly SemaphoreSlim _gate = new(1);
        private volatile ServedPolicy? _current;

        public void Outdate() => _current = null;

        public async Task<ServedPolicy> CurrentAsync(CancellationToken cancellationToken)
        {
            var version = model._local.WeightsVersion(policy);
            if (_current is { } current && current.WeightsVersion == version) return current;
            await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                if (_current is { } other && other.WeightsVersion == version) return other;
                var previous = _current;
                var name = Write(version);
                await model._server.LoadAdapterAsync(name, Path.Combine(model._options.ServerAdapterDirectory ?? model._options.AdapterDirectory, name),
                    cancellationToken).ConfigureAwait(false);
                _current = new ServedPolicy(name, version);
                if (previous is not null && previous.Name != name) await RetireAsync(previous.Name, cancellationToken).ConfigureAwait(false);
                return _current;
            }
            finally
            {
                _gate.Release();
            }
        }

        public void Dispose() => _gate.Dispose();

        // Named by its contents, so that a server, which outlives this process, never takes new weights for ones it knows.
        private string Write(long version)
        {
            var staging = Path.Combine(model._options.AdapterDirectory, $"{policy.Adapter}.tmp");
            model._local.SaveAdapter(policy, staging);
            var hash = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(staging, AdapterFiles.WeightsFile))))[..12];
            var name = string.Create(CultureInfo.InvariantCulture, $"{policy.Adapter}-v{version}-{hash}");
            var folder = Path.Combine(model._options.AdapterDirectory, name);
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
            Directory.Move(staging, folder);
            return name;
        }

        private async Task RetireAsync(string name, CancellationToken cancellationToken)
        {
            try
            {
                await model._server.UnloadAdapterAsync(name, cancellationToken).ConfigureAwait(false);
            }
            catch (AgentTeamsException)
            {
                // What stays loaded costs the server memory, but nothing samples it any more.
            }

            Directory.Delete(Path.Combine(model._options.AdapterDirectory, name), recursive: true);
        }
    }
}
