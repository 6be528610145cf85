namespace AgentTeams.Rl;

/// <summary>Tasks are visited in a new random order in every pass over them.</summary>
internal static class TaskOrder
{
    public static List<TTask> Of<TTask>(IReadOnlyList<TTask> tasks, int count, SeedKey key)
    {
        var chosen = new List<TTask>();
        var at = (long)key.Step * count;
        var (pass, order) = (-1L, Array.Empty<TTask>());
        for (var i = 0; i < Math.Min(count, tasks.Count); i++, at++)
        {
            if (at / tasks.Count != pass)
            {
                pass = at / tasks.Count;
                order = [.. tasks];
                new SeedKey(key.Run, "order", checked((int)pass)).ToRandom().Shuffle(order);
            }

            var task = order[at % tasks.Count];
            // Two passes can meet in one step; a task then counts once.
            if (!chosen.Contains(task)) chosen.Add(task);
        }

        return chosen;
    }
}
