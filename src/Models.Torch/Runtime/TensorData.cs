using System.Runtime.InteropServices;

namespace AgentTeams.Models.Torch;

/// <summary>Values on their way between arrays and devices.</summary>
internal static class TensorData
{
    /// <summary>All values in float32, row by row.</summary>
    public static float[] ToArray(Tensor tensor) => ComputeThread.Run(tensor.device, () =>
    {
        using var scope = NewDisposeScope();
        var values = new float[tensor.numel()];
        CopyTo(tensor, values);
        return values;
    });

    /// <summary>Copies all values in float32, row by row.</summary>
    public static void CopyTo(Tensor tensor, Span<float> to)
    {
        if (to.IsEmpty) return;
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var flat = tensor.detach().to(ScalarType.Float32).cpu().contiguous().view(-1);
        // A span over memory of libtorch holds at most 2^31 bytes.
        const int Most = 1 << 28;
        for (var done = 0; done < to.Length; done += Most)
        {
            var count = Math.Min(Most, to.Length - done);
            MemoryMarshal.Cast<byte, float>(flat.narrow(0, done, count).bytes).CopyTo(to.Slice(done, count));
        }
    }

    /// <summary>Replaces all values.</summary>
    public static void Set(Tensor tensor, float[] values) => ComputeThread.Run(tensor.device, () =>
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        tensor.copy_(torch.tensor(values, ScalarType.Float32).view(tensor.shape));
    });

    /// <summary>A tensor of integers.</summary>
    public static Tensor Integers(long[] values, Device device) => torch.tensor(values, ScalarType.Int64, device);

    /// <summary>A tensor of float32.</summary>
    public static Tensor Floats(float[] values, Device device) => torch.tensor(values, ScalarType.Float32, device);
}
