namespace AgentTeams.Models.Torch;

/// <summary>Finds the device of a model, and turns what libtorch throws into errors that say what to do.</summary>
internal static class TorchRuntime
{
    /// <summary>The device, ready for use.</summary>
    /// <exception cref="AgentTeamsException">libtorch was not found, or there is no such device.</exception>
    public static Device Open(TorchDevice wanted, int index) => Open(wanted, index, TryInitializeDeviceType, cuda.device_count);

    public static Device Open(TorchDevice wanted, int index, Func<DeviceType, bool> initialize, Func<int> countGpus)
    {
        try
        {
            if (wanted != TorchDevice.Cpu && initialize(DeviceType.CUDA))
            {
                var gpus = countGpus();
                return index < gpus
                    ? new Device(DeviceType.CUDA, index)
                    : throw new AgentTeamsException($"The GPU {index} was asked for, but there are {gpus}. Set {nameof(TorchModelOptions)}.{nameof(TorchModelOptions.DeviceIndex)} to less than that.");
            }

            if (wanted != TorchDevice.Cuda)
            {
                initialize(DeviceType.CPU);
                return CPU;
            }
        }
        catch (Exception e) when (e is NotSupportedException or DllNotFoundException or EntryPointNotFoundException or BadImageFormatException or TypeInitializationException)
        {
            throw new AgentTeamsException(
                $"TorchSharp {typeof(torch).Assembly.GetName().Version?.ToString(3)} found no native libraries that fit it. Add to the application, in the same version, the package TorchSharp-cpu (any system), " +
                $"TorchSharp-cuda-linux or TorchSharp-cuda-windows (NVIDIA GPU). {FirstLine(e.Message)}", e);
        }

        throw new AgentTeamsException(
            "A CUDA GPU was asked for, but libtorch sees none. Add the package TorchSharp-cuda-linux or TorchSharp-cuda-windows to the application instead of TorchSharp-cpu; " +
            "if it is there, `nvidia-smi` must list the GPU and name at least the CUDA version that the package is built for. " +
            $"Or set {nameof(TorchModelOptions)}.{nameof(TorchModelOptions.Device)} to {nameof(TorchDevice.Cpu)}.");
    }

    /// <summary>Whether libtorch could not allocate memory.</summary>
    public static bool IsOutOfMemory(Exception e) => e is System.Runtime.InteropServices.ExternalException
        && (e.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase) || e.Message.Contains("can't allocate memory", StringComparison.OrdinalIgnoreCase));

    private static string FirstLine(string text) => text.AsSpan().TrimStart().ToString().Split('\n')[0].TrimEnd();
}
