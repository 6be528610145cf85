using TorchSharp;
using static TorchSharp.torch;

// Tensors are counted while nobody else makes any.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace AgentTeams.Tests;

/// <summary>Tensors that nobody has disposed of yet.</summary>
internal static class LiveTensors
{
    /// <summary>Of this thread and of the one that computes. What one makes and the other disposes of is in the sum as it should be.</summary>
    public static long Count() => DisposeScopeManager.Statistics.ThreadTotalLiveCount
        + ComputeThread.Run(CPU, () => (long)DisposeScopeManager.Statistics.ThreadTotalLiveCount);
}
