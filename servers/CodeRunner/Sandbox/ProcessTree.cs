using System.Globalization;

namespace AgentTeams.Servers;

/// <summary>What a process and its descendants are using, from /proc.</summary>
internal static class ProcessTree
{
    /// <summary>How many processes and threads they are, and how many bytes of memory they have that no file holds; shared pages count once.</summary>
    public static (int Tasks, long Bytes) Measure(int root)
    {
        var (tasks, bytes) = (0, 0L);
        var rest = new Queue<int>([root]);
        while (rest.TryDequeue(out var id))
        {
            try
            {
                foreach (var task in Directory.EnumerateDirectories($"/proc/{id}/task"))
                {
                    tasks++;
                    foreach (var child in File.ReadAllText(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries)) rest.Enqueue(int.Parse(child, CultureInfo.InvariantCulture));
                }

                bytes += Anonymous(id);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It has ended meanwhile.
            }
        }

        return (tasks, bytes);
    }

    private static long Anonymous(int id)
    {
        foreach (var line in File.ReadLines($"/proc/{id}/smaps_rollup"))
        {
            if (line.StartsWith("Pss_Anon:", StringComparison.Ordinal)) return 1024 * long.Parse(line.AsSpan("Pss_Anon:".Length, line.Length - "Pss_Anon: kB".Length), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
        }

        return 0;
    }
}
