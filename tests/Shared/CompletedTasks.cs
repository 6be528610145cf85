namespace AgentTeams.Tests;

/// <summary>Local models have done their work when they return.</summary>
internal static class CompletedTasks
{
    /// <summary>The result of a task that must have ended.</summary>
    public static T Now<T>(this Task<T> task)
    {
        Assert.True(task.IsCompleted);
        return task.GetAwaiter().GetResult();
    }

    public static void Now(this Task task)
    {
        Assert.True(task.IsCompleted);
        task.GetAwaiter().GetResult();
    }
}
