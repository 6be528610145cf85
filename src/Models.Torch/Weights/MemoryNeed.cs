namespace AgentTeams.Models.Torch;

/// <summary>How much memory a model needs, said before or after there is not enough of it.</summary>
internal static class MemoryNeed
{
    /// <summary>Refuses weights for which this machine has no memory. What is free on a GPU is known only when it runs out.</summary>
    public static void Require(ModelConfig config, Device device, long parameters, ScalarType type)
    {
        if (device.type == DeviceType.CPU) Require(config, parameters, type, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
    }

    /// <exception cref="AgentTeamsException">The weights take more than there is.</exception>
    public static void Require(ModelConfig config, long parameters, ScalarType type, long available)
    {
        if (Bytes(parameters, type) > available) throw NotEnough(config, parameters, type, $"there are {Text(available)}", null);
    }

    /// <summary>Allocates weights.</summary>
    /// <exception cref="AgentTeamsException">There was no memory for them.</exception>
    public static void Guard(ModelConfig config, long parameters, ScalarType type, Action allocate)
    {
        try
        {
            allocate();
        }
        catch (Exception e) when (TorchRuntime.IsOutOfMemory(e))
        {
            throw NotEnough(config, parameters, type, "the device has less", e);
        }
    }

    public static string Text(long bytes) => bytes >= 1L << 30 ? $"{(double)bytes / (1L << 30):0.0} GiB" : $"{(double)bytes / (1 << 20):0.0} MiB";

    private static long Bytes(long parameters, ScalarType type) => parameters * (type == ScalarType.Float32 ? 4 : 2);

    private static AgentTeamsException NotEnough(ModelConfig config, long parameters, ScalarType type, string found, Exception? cause)
    {
        var text = $"The weights of {parameters:N0} parameters ({config.Layers} layers of width {config.HiddenSize}) need {Text(Bytes(parameters, type))} in {type}, but {found}. "
            + (type == ScalarType.Float32 ? $"Set {nameof(TorchModelOptions)}.{nameof(TorchModelOptions.Precision)} to {nameof(TorchPrecision.BFloat16)} for half of it, or take a smaller model." : "Take a smaller model.");
        return cause is null ? new(text) : new(text, cause);
    }
}
