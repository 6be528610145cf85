namespace AgentTeams.Models.Torch;

/// <summary>How much memory something needs, said before or after there is not enough of it.</summary>
internal static class MemoryNeed
{
    /// <summary>
    /// Allocates, or says how much memory it takes and what to change. What is free on a GPU is known only when it runs out; on
    /// the CPU the system may promise more than it has, so what cannot fit is refused before.
    /// </summary>
    /// <exception cref="AgentTeamsException">There is not enough memory.</exception>
    public static void Allocate(Device device, long bytes, string what, string change, Action allocate)
    {
        if (device.type == DeviceType.CPU) Require(bytes, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, what, change);
        try
        {
            allocate();
        }
        catch (Exception e) when (TorchRuntime.IsOutOfMemory(e))
        {
            throw new AgentTeamsException(Describe(bytes, what, "the device has less", change), e);
        }
    }

    /// <exception cref="AgentTeamsException">More is needed than there is.</exception>
    public static void Require(long bytes, long available, string what, string change)
    {
        if (bytes > available) throw new AgentTeamsException(Describe(bytes, what, $"there are {Text(available)}", change));
    }

    private static string Describe(long bytes, string what, string found, string change) =>
        $"Not enough memory for {what}: {Text(bytes)} are needed, but {found}. {change}";

    private static string Text(long bytes) => bytes >= 1L << 30 ? $"{(double)bytes / (1L << 30):0.0} GiB" : $"{(double)bytes / (1 << 20):0.0} MiB";
}
