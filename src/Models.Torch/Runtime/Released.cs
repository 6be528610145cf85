namespace AgentTeams.Models.Torch;

/// <summary>Memory of a device is scarce, and the garbage collector does not see it.</summary>
internal static class Released
{
    /// <summary>Finishes what holds memory; if that fails, the memory is released at once.</summary>
    public static TResult OnError<T, TResult>(T resource, Func<T, TResult> finish)
        where T : IDisposable
    {
        try
        {
            return finish(resource);
        }
        catch
        {
            resource.Dispose();
            throw;
        }
    }
}
