namespace AgentTeams.Models;

/// <summary>Work that is done when its task is returned, with its failure in the task.</summary>
internal static class Completed
{
    public static Task<T> Of<T>(Func<T> work, CancellationToken cancellationToken)
    {
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Task.FromResult(work());
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<T>(cancellationToken);
        }
        catch (Exception e)
        {
            return Task.FromException<T>(e);
        }
    }

    public static Task Of(Action work, CancellationToken cancellationToken) => Of(() =>
    {
        work();
        return true;
    }, cancellationToken);
}
