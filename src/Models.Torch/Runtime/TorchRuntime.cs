using System.Runtime.InteropServices;

namespace AgentTeams.Models.Torch;

/// <summary>Finds the device of a model, and turns what libtorch throws into errors that say what to do.</summary>
internal static class TorchRuntime
{
    // Of the allocators of CUDA and the CPU, and of the library that multiplies matrices.
    private static readonly string[] s_outOfMemory = ["out of memory", "can't allocate memory", "CUBLAS_STATUS_ALLOC_FAILED"];

    /// <summary>The device, ready for use.</summary>
    /// <exception cref="AgentTeamsException">libtorch was not found, or there is no such device.</exception>
    public static Device Open(TorchDevice wanted, int index) => Open(wanted, index, TryInitializeDeviceType, cuda.device_count, Try);

    public static Device Open(TorchDevice wanted, int index, Func<DeviceType, bool> initialize, Func<int> countGpus, Action<Device> compute)
    {
        try
        {
            if (wanted != TorchDevice.Cpu && initialize(DeviceType.CUDA))
            {
                var gpus = countGpus();
                if (index >= gpus)
                    throw new AgentTeamsException($"The GPU {index} was asked for, but there are {gpus}. Set "
                        + $"{nameof(TorchModelOptions)}.{nameof(TorchModelOptions.DeviceIndex)} to less than that.");
                var gpu = new Device(DeviceType.CUDA, index);
                compute(gpu);
                return gpu;
            }

            if (wanted != TorchDevice.Cuda)
            {
                initialize(DeviceType.CPU);
                return CPU;
            }
        }
        catch (Exception e) when (e is NotSupportedException or DllNotFoundException or EntryPointNotFoundException or BadImageFormatException
            or TypeInitializationException)
        {
            if (OlderSystem.Problem() is { } older) throw new AgentTeamsException(older, e);
            throw new AgentTeamsException(
                $"TorchSharp {typeof(torch).Assembly.GetName().Version?.ToString(3)} found no native libraries that fit it. Add to the application, in the " +
                $"same version, the package TorchSharp-cpu (any system), TorchSharp-cuda-linux or TorchSharp-cuda-windows (NVIDIA GPU). " +
                FirstLine(e.Message), e);
        }
        catch (ExternalException e)
        {
            // A GPU, driver or package that is too old or too new for the others shows only in the first kernel.
            throw new AgentTeamsException(
                $"The GPU {index} is there but cannot compute: {FirstLine(e.Message)} " +
                "The driver must support the CUDA version that the package is built for (`nvidia-smi` names the highest), the package must be built for the " +
                "GPU's generation, and some of its memory must be free. " +
                $"Update the driver, take the version of TorchSharp that fits, or set {nameof(TorchModelOptions)}.{nameof(TorchModelOptions.Device)} to " +
                $"{nameof(TorchDevice.Cpu)}.", e);
        }

        throw new AgentTeamsException(
            "A CUDA GPU was asked for, but libtorch sees none. Add the package TorchSharp-cuda-linux or TorchSharp-cuda-windows to the application instead " +
            "of TorchSharp-cpu; if it is there, `nvidia-smi` must list the GPU and name at least the CUDA version that the package is built for. " +
            $"Or set {nameof(TorchModelOptions)}.{nameof(TorchModelOptions.Device)} to {nameof(TorchDevice.Cpu)}.");
    }

    /// <summary>Whether libtorch could not allocate memory.</summary>
    public static bool IsOutOfMemory(Exception e) =>
        e is ExternalException && s_outOfMemory.Any(text => e.Message.Contains(text, StringComparison.OrdinalIgnoreCase));

    private static void Try(Device device)
    {
        using var scope = NewDisposeScope();
        ones(8, 8, device: device).matmul(ones(8, 8, device: device)).cpu();
    }

    private static string FirstLine(string text) => text.AsSpan().TrimStart().ToString().Split('\n')[0].TrimEnd();
}
