using System.Text;

namespace AgentTeams.Storage;

/// <summary>What stores ask of the ids of runs and of what is appended to their journals.</summary>
internal static class JournalIds
{
    // A file's name has two characters for a capital letter, and most systems allow 255.
    private const int MaxLength = 100;

    /// <exception cref="AgentTeamsException">The id is not valid.</exception>
    public static string Check(string runId)
    {
        ArgumentNullException.ThrowIfNull(runId);
        if (runId.Length is 0 or > MaxLength) throw new AgentTeamsException($"The run id '{runId}' has {runId.Length} characters. Give 1 to {MaxLength}.");
        foreach (var c in runId)
        {
            if (!IsAllowed(c)) throw new AgentTeamsException($"The run id '{runId}' contains '{c}'. Use letters, digits, '-', '_', '.' and ':' only.");
        }

        return runId;
    }

    /// <exception cref="AgentTeamsException">The record is no JSON object on one line.</exception>
    public static void Check(ReadOnlySpan<byte> record)
    {
        if (record.Length < 3 || record[0] != '{' || record[^1] != '}' || record.Contains((byte)'\n'))
            throw new AgentTeamsException($"A record of {record.Length} bytes is no JSON object with a member on one line. Append one that is.");
    }

    /// <summary>The name of a run's file without its extension, by which ids that differ only in case stay apart everywhere.</summary>
    public static string ToFileName(string runId)
    {
        var name = new StringBuilder(runId.Length + 8);
        foreach (var c in runId)
        {
            if (char.IsAsciiLetterUpper(c)) name.Append('~').Append(char.ToLowerInvariant(c));
            else if (c == ':') name.Append("~-");
            else name.Append(c);
        }

        return name.ToString();
    }

    /// <summary>The id that <see cref="ToFileName"/> named; null for the file of someone else.</summary>
    public static string? FromFileName(string name)
    {
        var id = new StringBuilder(name.Length);
        for (var i = 0; i < name.Length; i++)
        {
            if (name[i] != '~' || i + 1 == name.Length) id.Append(name[i]);
            else id.Append(name[++i] == '-' ? ':' : char.ToUpperInvariant(name[i]));
        }

        var read = id.ToString();
        return read.Length is > 0 and <= MaxLength && read.All(IsAllowed) && ToFileName(read) == name ? read : null;
    }

    private static bool IsAllowed(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ':';
}
