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
public sealed record TorchModelOptions : LocalEngineOptions
{
    /// <summary>How a model uses a GPU: larger micro-batches and passes, and fewer sequences at once, than the CPU engine.</summary>
    public TorchModelOptions()
    {
        TokensPerMicroBatch = 4096;
        MaxConcurrentSequences = 256;
        PrefillTokensPerPass = 4096;
    }

    /// <summary>Where the model computes.</summary>
    /// <value>A GPU if there is one, by default.</value>
    public TorchDevice Device { get; init; } = TorchDevice.Auto;

    /// <summary>Which GPU.</summary>
    /// <value>At least 0; 0 by default.</value>
    public int DeviceIndex { get; init; }

    /// <summary>The element type of weights and activations.</summary>
    /// <value>As stored on a GPU and float32 on the CPU, by default.</value>
    public TorchPrecision Precision { get; init; } = TorchPrecision.Auto;

    /// <summary>Receives warnings, such as of micro-batches that were made smaller.</summary>
    /// <value>Nobody by default.</value>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    internal override void Check(OptionChecks checks)
    {
        base.Check(checks);
        checks.AtLeast(0, DeviceIndex);
    }
}
