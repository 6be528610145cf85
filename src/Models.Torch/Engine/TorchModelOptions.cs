using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentTeams.Models.Torch;

/// <summary>Where a model computes.</summary>
public enum TorchDevice
{
    /// <summary>On the first CUDA GPU if there is one, else on the CPU.</summary>
    Auto,

    /// <summary>On the CPU, by libtorch's kernels.</summary>
    Cpu,

    /// <summary>On a CUDA GPU; to load fails where there is none.</summary>
    Cuda,
}

/// <summary>The element type of weights and activations. Adapters, critics' heads, gradients and optimiser state are float32 in any case.</summary>
public enum TorchPrecision
{
    /// <summary>As stored on a GPU, float32 on the CPU.</summary>
    Auto,

    /// <summary>float32 throughout.</summary>
    Full,

    /// <summary>bfloat16 weights and activations; weights that are trained have float32 master copies.</summary>
    BFloat16,
}

/// <summary>How a model uses its device. Values change results within the tolerance that its number format has.</summary>
public sealed record TorchModelOptions
{
    /// <summary>Where the model computes; a GPU if there is one unless set.</summary>
    public TorchDevice Device { get; init; } = TorchDevice.Auto;

    /// <summary>Which GPU; 0 unless set.</summary>
    public int DeviceIndex { get; init; }

    /// <summary>The element type of weights and activations; unless set, as stored on a GPU and float32 on the CPU.</summary>
    public TorchPrecision Precision { get; init; } = TorchPrecision.Auto;

    /// <summary>Tokens of one training micro-batch, padding included; 4096 unless set. Longer rows count as one micro-batch.</summary>
    public int TokensPerMicroBatch { get; init; } = 4096;

    /// <summary>
    /// Whether training keeps one value per layer instead of all, and computes the others again on the way back (Chen et al. 2016):
    /// a third more work for a small part of the memory. Off unless set.
    /// </summary>
    public bool GradientCheckpointing { get; init; }

    /// <summary>The most completions that are sampled at once; 256 unless set. Others wait.</summary>
    public int MaxConcurrentSequences { get; init; } = 256;

    /// <summary>The most requests that wait to be sampled; 65,536 unless set. Who asks for more waits before the prompt is queued.</summary>
    public int MaxQueuedRequests { get; init; } = 65_536;

    /// <summary>The most prompt tokens of one forward pass; 4096 unless set. Longer prompts take several, between which others are sampled.</summary>
    public int PrefillTokensPerPass { get; init; } = 4096;

    /// <summary>Bytes that keys and values of all sequences may take, reserved when the first is sampled; 2 GiB unless set.</summary>
    public long CacheMemory { get; init; } = 2L << 30;

    /// <summary>Bytes of <see cref="CacheMemory"/> that beginnings of past prompts may take, so that they need not be computed again; 256 MiB unless set.</summary>
    public long PrefixMemory { get; init; } = 256L << 20;

    /// <summary>The most tokens of a reply whose caller set no limit; 256 unless set.</summary>
    public int DefaultMaxOutputTokens { get; init; } = 256;

    /// <summary>Receives warnings, such as of micro-batches that were made smaller; none unless set.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    internal void Validate()
    {
        Require(nameof(DeviceIndex), DeviceIndex, 0);
        Require(nameof(TokensPerMicroBatch), TokensPerMicroBatch, 1);
        Require(nameof(MaxConcurrentSequences), MaxConcurrentSequences, 1);
        Require(nameof(MaxQueuedRequests), MaxQueuedRequests, 1);
        Require(nameof(PrefillTokensPerPass), PrefillTokensPerPass, 1);
        Require(nameof(CacheMemory), CacheMemory, 1);
        Require(nameof(PrefixMemory), PrefixMemory, 0);
        Require(nameof(DefaultMaxOutputTokens), DefaultMaxOutputTokens, 1);

        static void Require(string name, long value, long least)
        {
            if (value < least) throw new AgentTeamsException($"{nameof(TorchModelOptions)}.{name} is {value}. Give at least {least}.");
        }
    }
}
